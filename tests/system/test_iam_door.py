"""IAM and STS through boto3: documents, passwords, providers, certificates, devices, the account as a whole."""
import base64
import datetime
import hashlib
import hmac
import json
import struct
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}})


@pytest.fixture
def iam(shared):
    return shared.client("iam")


def name():
    return "n" + uuid.uuid4().hex[:8]


def refused(call, code, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def certificate():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "a.example")])
    now = datetime.datetime.utcnow()
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1).not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(9)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    ssh = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return made.public_bytes(pem).decode(), key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()).decode(), ssh.decode()


def test_names_paths_documents_and_tags_are_checked(iam):
    assert "must begin and end with /" in refused(iam.create_user, "ValidationError", UserName=name(), Path="a")
    assert refused(iam.create_policy, "MalformedPolicyDocument", PolicyName=name(), PolicyDocument="{}") == "Syntax errors in policy."
    assert "'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128" in refused(iam.create_policy, "ValidationError", PolicyName=name(), PolicyDocument=ALLOW, Tags=[{"Key": "0" * 129, "Value": ""}])
    assert "length less than or equal to 256" in refused(iam.create_user, "ValidationError", UserName=name(), Tags=[{"Key": "0", "Value": "0" * 257}])
    assert r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+" in refused(iam.create_user, "ValidationError", UserName=name(), Tags=[{"Key": "NO!", "Value": ""}])
    assert refused(iam.create_role, "MalformedPolicyDocument", RoleName=name(), AssumeRolePolicyDocument=ALLOW) == "Has prohibited field Resource"


def test_aws_managed_policies(iam):
    listed = [p for page in iam.get_paginator("list_policies").paginate(Scope="AWS") for p in page["Policies"]]
    found = {p["PolicyName"]: p for p in listed}
    assert found["AdministratorAccess"]["Arn"] == "arn:aws:iam::aws:policy/AdministratorAccess" and found["SystemAdministrator"]["Path"] == "/job-function/"
    assert len({p["PolicyId"] for p in listed}) == len(listed)
    document = iam.get_policy_version(PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess", VersionId="v1")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "*"
    assert "by name only" in refused(iam.get_policy_version, "NoSuchEntity", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess", VersionId="v1")


def test_the_password_policy(own):
    iam = own.client("iam")
    assert "cannot be found" in refused(iam.get_account_password_policy, "NoSuchEntity")
    iam.update_account_password_policy(MinimumPasswordLength=10, RequireNumbers=True, MaxPasswordAge=90)
    own.kill()
    own.start()
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert policy == {"MinimumPasswordLength": 10, "RequireSymbols": False, "RequireNumbers": True, "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False, "AllowUsersToChangePassword": False,
                      "ExpirePasswords": True, "MaxPasswordAge": 90}
    assert refused(iam.update_account_password_policy, "ValidationError", MinimumPasswordLength=200, MaxPasswordAge=2000).startswith("2 validation errors detected: ")
    iam.create_user(UserName="u")
    refused(iam.create_login_profile, "PasswordPolicyViolation", UserName="u", Password="abcdefghijk")
    assert iam.create_login_profile(UserName="u", Password="abcdefghijk1", PasswordResetRequired=True)["LoginProfile"]["PasswordResetRequired"] is True
    assert "already exists" in refused(iam.create_login_profile, "EntityAlreadyExists", UserName="u", Password="abcdefghijk1")
    assert refused(iam.delete_user, "DeleteConflict", UserName="u") == "Cannot delete entity, must delete login profile first."
    iam.delete_login_profile(UserName="u")
    assert refused(iam.get_login_profile, "NoSuchEntity", UserName="u") == "Login Profile for User u cannot be found."
    iam.delete_account_password_policy()
    refused(iam.delete_account_password_policy, "NoSuchEntity")


def test_providers(iam):
    host = name() + ".example"
    arn = iam.create_open_id_connect_provider(Url=f"https://{host}/a", ThumbprintList=["b" * 40], ClientIDList=["c"], Tags=[{"Key": "k", "Value": "v"}])["OpenIDConnectProviderArn"]
    assert arn.endswith(f":oidc-provider/{host}/a")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="d")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["a" * 40])
    told = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (told["Url"], told["ClientIDList"], told["ThumbprintList"], told["Tags"]) == (f"{host}/a", ["c", "d"], ["a" * 40], [{"Key": "k", "Value": "v"}])
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    refused(iam.create_open_id_connect_provider, "EntityAlreadyExists", Url=f"https://{host}/a", ThumbprintList=["b" * 40])
    assert refused(iam.create_open_id_connect_provider, "ValidationError", Url="nothing.example", ThumbprintList=["b" * 40]) == "Invalid Open ID Connect Provider URL"
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert refused(iam.get_open_id_connect_provider, "NoSuchEntity", OpenIDConnectProviderArn=arn) == f"OpenIDConnect Provider not found for arn {arn}"
    metadata = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"
    saml = iam.create_saml_provider(Name=host, SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    assert iam.get_saml_provider(SAMLProviderArn=saml)["SAMLMetadataDocument"] == metadata
    assert saml in [p["Arn"] for p in iam.list_saml_providers()["SAMLProviderList"]]
    iam.delete_saml_provider(SAMLProviderArn=saml)
    refused(iam.get_saml_provider, "NoSuchEntity", SAMLProviderArn=saml)


def test_certificates_and_keys(iam):
    body, key, ssh = certificate()
    of, user = name(), name()
    metadata = iam.upload_server_certificate(ServerCertificateName=of, CertificateBody=body, PrivateKey=key, Path="/x/")["ServerCertificateMetadata"]
    assert metadata["Arn"].endswith(f":server-certificate/x/{of}") and metadata["ServerCertificateId"].startswith("ASCA")
    assert iam.get_server_certificate(ServerCertificateName=of)["ServerCertificate"]["CertificateBody"].strip() == body.strip()
    refused(iam.upload_server_certificate, "KeyPairMismatch", ServerCertificateName=name(), CertificateBody=body, PrivateKey=certificate()[1])
    iam.update_server_certificate(ServerCertificateName=of, NewServerCertificateName=of + "2")
    iam.delete_server_certificate(ServerCertificateName=of + "2")
    assert refused(iam.get_server_certificate, "NoSuchEntity", ServerCertificateName=of) == f"The Server Certificate with name {of} cannot be found."
    iam.create_user(UserName=user)
    signing = iam.upload_signing_certificate(UserName=user, CertificateBody=body)["Certificate"]["CertificateId"]
    iam.update_signing_certificate(UserName=user, CertificateId=signing, Status="Inactive")
    assert [c["Status"] for c in iam.list_signing_certificates(UserName=user)["Certificates"]] == ["Inactive"]
    assert "malformed" in refused(iam.upload_signing_certificate, "MalformedCertificate", UserName=user, CertificateBody="nothing")
    public = iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=ssh)["SSHPublicKey"]
    assert public["Fingerprint"].count(":") == 15 and public["SSHPublicKeyId"].startswith("APKA")
    assert iam.get_ssh_public_key(UserName=user, SSHPublicKeyId=public["SSHPublicKeyId"], Encoding="SSH")["SSHPublicKey"]["SSHPublicKeyBody"] == ssh
    refused(iam.delete_user, "DeleteConflict", UserName=user)
    iam.delete_signing_certificate(UserName=user, CertificateId=signing)
    iam.delete_ssh_public_key(UserName=user, SSHPublicKeyId=public["SSHPublicKeyId"])
    iam.delete_user(UserName=user)


def code(seed, at):
    mac = hmac.new(base64.b32decode(seed), struct.pack(">Q", at), hashlib.sha1).digest()
    offset = mac[19] & 15
    return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7fffffff) % 1000000:06}"


def test_a_device_is_enabled_by_its_codes(iam):
    user = name()
    iam.create_user(UserName=user)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    seed, serial, now = device["Base32StringSeed"], device["SerialNumber"], int(time.time()) // 30
    assert refused(iam.enable_mfa_device, "InvalidAuthenticationCode", UserName=user, SerialNumber=serial, AuthenticationCode1="000000", AuthenticationCode2="000000") == "Authentication code for device is not valid."
    iam.enable_mfa_device(UserName=user, SerialNumber=serial, AuthenticationCode1=code(seed, now - 1), AuthenticationCode2=code(seed, now))
    assert [d["SerialNumber"] for d in iam.list_mfa_devices(UserName=user)["MFADevices"]] == [serial]
    assert serial in [d["SerialNumber"] for d in iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]]
    refused(iam.delete_virtual_mfa_device, "DeleteConflict", SerialNumber=serial)
    iam.deactivate_mfa_device(UserName=user, SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    iam.delete_user(UserName=user)


def test_the_account_as_a_whole(iam):
    user, group, role = name(), name(), name()
    policy = iam.create_policy(PolicyName=name(), PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.create_user(UserName=user)
    iam.create_group(GroupName=group)
    iam.add_user_to_group(UserName=user, GroupName=group)
    iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    iam.put_user_policy(UserName=user, PolicyName="deny", PolicyDocument=ALLOW.replace("Allow", "Deny").replace("GetObject", "PutObject"))
    trust = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}})
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
    details = [page for page in iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2})]
    users = {u["UserName"]: u for page in details for u in page["UserDetailList"]}
    assert users[user]["GroupList"] == [group] and users[user]["UserPolicyList"][0]["PolicyName"] == "deny"
    assert role in [r["RoleName"] for page in details for r in page["RoleDetailList"]] and policy in [p["Arn"] for page in details for p in page["Policies"]]
    assert "UserDetailList" in iam.get_account_authorization_details(Filter=["Role"]) and iam.get_account_authorization_details(Filter=["Role"])["UserDetailList"] == []
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    results = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject", "s3:PutObject", "s3:ListBucket"], ResourceArns=["arn:aws:s3:::b/x"])["EvaluationResults"]
    assert [r["EvalDecision"] for r in results] == ["allowed", "explicitDeny", "implicitDeny"]
    assert iam.simulate_custom_policy(PolicyInputList=[ALLOW], ActionNames=["s3:GetObject"])["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    lines = iam.get_credential_report()["Content"].decode().splitlines()
    assert lines[0].startswith("user,arn,") and any(line.startswith(f"{user},{arn},") for line in lines) and len({line.count(",") for line in lines}) == 1
    iam.delete_user_policy(UserName=user, PolicyName="deny")
    iam.detach_group_policy(GroupName=group, PolicyArn=policy)
    iam.remove_user_from_group(UserName=user, GroupName=group)
    iam.delete_user(UserName=user)
    iam.delete_group(GroupName=group)
    iam.delete_role(RoleName=role)
    iam.delete_policy(PolicyArn=policy)


def test_a_linked_role_goes(iam):
    role = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["RoleName"]
    task = iam.delete_service_linked_role(RoleName=role)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    refused(iam.get_role, "NoSuchEntity", RoleName=role)
