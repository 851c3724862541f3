#include "base/record_codec.h"
#include "model/certificate.h"
#include "model/container_service.h"
#include "model/discovery.h"
#include "model/egress_only_gateway.h"
#include "model/identity.h"
#include "model/launch_template.h"
#include "model/load_balancing.h"
#include "model/log_export.h"
#include "model/network.h"
#include "model/object_guard.h"
#include "model/reason.h"
#include "model/registry.h"
#include "model/session.h"
#include "model/scaling.h"
#include "model/secret.h"
#include "model/settings.h"
#include "model/storage.h"
#include "model/subnet_reservation.h"
#include "model/usage.h"
#include "model/zone.h"

using namespace landfall::model;  // NOLINT: this file is a list of every stored noun

RECORD(Because)
RECORD(Origin)
RECORD(ApplyFailure)
RECORD(Settings)
RECORD(Vpc)
RECORD(Subnet)
RECORD(RouteTable)
RECORD(InternetGateway)
RECORD(EgressOnlyGateway)
RECORD(SubnetReservation)
RECORD(LaunchTemplate)
RECORD(PeeringConnection)
RECORD(VpcEndpoint)
RECORD(Address)
RECORD(NatGateway)
RECORD(SecurityGroup)
RECORD(NetworkAcl)
RECORD(NetworkInterface)
RECORD(PrefixList)
RECORD(KeyPair)
RECORD(LoadBalancer)
RECORD(Listener)
RECORD(TrustStore)
RECORD(ClaimsKey)
RECORD(Rule)
RECORD(TargetGroup)
RECORD(Target)
RECORD(Cluster)
RECORD(TaskDefinition)
RECORD(Service)
RECORD(ServiceDeployment)
RECORD(ServiceRevision)
RECORD(Task)
RECORD(ConnectTable)
RECORD(Certificate)
RECORD(HostedZone)
RECORD(RecordSet)
RECORD(DelegationSet)
RECORD(DnsHealthCheck)
RECORD(DnsHealth)
RECORD(ZoneChange)
RECORD(AccessKey)
RECORD(Session)
RECORD(Role)
RECORD(Policy)
RECORD(Bucket)
RECORD(Object)
RECORD(ObjectGuard)
RECORD(DynamoTable)
RECORD(DynamoItem)
RECORD(Repository)
RECORD(Manifest)
RECORD(RegistrySettings)
RECORD(TagExclusions)
RECORD(RepositoryTemplate)
RECORD(LifecyclePreview)
RECORD(LogGroup)
RECORD(LogStream)
RECORD(User)
RECORD(Group)
RECORD(InstanceProfile)
RECORD(AccountAlias)
RECORD(DhcpOptions)
RECORD(UsedRegion)
RECORD(ObjectVersion)
RECORD(Upload)
RECORD(Secret)
RECORD(Parameter)
RECORD(ScalableTarget)
RECORD(ScalingPolicy)
RECORD(ScheduledAction)
RECORD(ScalingActivities)
RECORD(Alarm)
RECORD(AlarmHistory)
RECORD(Dashboard)
RECORD(Traffic)
RECORD(Namespace)
RECORD(DiscoveryService)
RECORD(DiscoveryInstance)
RECORD(DiscoveryOperation)
RECORD(DynamoBackup)
RECORD(DynamoChange)
RECORD(DynamoJournal)
RECORD(DynamoStream)
RECORD(MetricFilter)
RECORD(LogResourcePolicy)
RECORD(ExportTask)
RECORD(DeliveryDestination)
RECORD(QueryDefinition)
RECORD(InsightsQuery)
RECORD(PasswordPolicy)
RECORD(LoginProfile)
RECORD(IdentityProvider)
RECORD(ServerCertificate)
RECORD(UserCredential)
RECORD(MfaDevice)
RECORD(ServiceCredential)
RECORD(CredentialReport)
RECORD(CapacityProvider)
RECORD(AccountSetting)
