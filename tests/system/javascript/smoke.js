// One call or more of each wire protocol, through the SDK's own defaults. Endpoint, region and keys come from the environment.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { DynamoDBClient, CreateTableCommand, DeleteTableCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { EC2Client, CreateVpcCommand, DeleteVpcCommand, paginateDescribeSubnets } from "@aws-sdk/client-ec2";
import { ECSClient, CreateClusterCommand, DeleteClusterCommand, DescribeClustersCommand, DescribeServicesCommand } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client, CreateTargetGroupCommand, DeleteTargetGroupCommand, DescribeTargetGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { S3Client, CreateBucketCommand, DeleteBucketCommand, DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";

const ecs = new ECSClient({});
await ecs.send(new CreateClusterCommand({ clusterName: "javascript", tags: [{ key: "made", value: "by JavaScript" }] }));
const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ["javascript"], include: ["TAGS"] }));
assert.equal(clusters[0].status, "ACTIVE");
assert.deepEqual(clusters[0].tags, [{ key: "made", value: "by JavaScript" }]);
await assert.rejects(ecs.send(new DescribeServicesCommand({ cluster: "none", services: ["web"] })), { name: "ClusterNotFoundException" });
await ecs.send(new DeleteClusterCommand({ cluster: "javascript" }));

const ec2 = new EC2Client({});
const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.99.0.0/16" }));
const subnets = [];
for await (const page of paginateDescribeSubnets({ client: ec2, pageSize: 5 }, {})) subnets.push(...page.Subnets);
assert.ok(subnets.length > 0 && subnets.every((subnet) => subnet.AvailabilityZone));

const elb = new ElasticLoadBalancingV2Client({});
const made = await elb.send(new CreateTargetGroupCommand({ Name: "javascript", Port: 80, Protocol: "HTTP", TargetType: "ip", VpcId: Vpc.VpcId }));
const arn = made.TargetGroups[0].TargetGroupArn;
assert.equal((await elb.send(new DescribeTargetGroupsCommand({ Names: ["javascript"] }))).TargetGroups[0].HealthCheckIntervalSeconds, 30);
await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
await assert.rejects(elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] })), { name: "TargetGroupNotFoundException" });
await ec2.send(new DeleteVpcCommand({ VpcId: Vpc.VpcId }));

const s3 = new S3Client({ forcePathStyle: true });
const Bucket = "javascript-sdk";
await s3.send(new CreateBucketCommand({ Bucket }));
await s3.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "hello", ContentType: "text/plain", Metadata: { a: "b" } }));
// A stream: its signature covers no body, its checksum comes as a trailer.
await s3.send(new PutObjectCommand({ Bucket, Key: "streamed", Body: Readable.from(["he", "llo"]), ContentLength: 5 }));
const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "plain" }));
assert.equal(head.ContentLength, 5);
assert.deepEqual(head.Metadata, { a: "b" });
for (const Key of ["plain", "streamed"]) assert.equal(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString(), "hello");
await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: "none" })), { name: "NoSuchKey" });
const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }));
await s3.send(new DeleteBucketCommand({ Bucket }));

const dynamodb = new DynamoDBClient({});
const TableName = "javascript";
await dynamodb.send(new CreateTableCommand({ TableName, BillingMode: "PAY_PER_REQUEST", AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" }], KeySchema: [{ AttributeName: "k", KeyType: "HASH" }] }));
await dynamodb.send(new PutItemCommand({ TableName, Item: { k: { S: "a" }, v: { N: "1.5" } } }));
assert.deepEqual((await dynamodb.send(new GetItemCommand({ TableName, Key: { k: { S: "a" } } }))).Item, { k: { S: "a" }, v: { N: "1.5" } });
await assert.rejects(dynamodb.send(new PutItemCommand({ TableName, Item: { k: { S: "a" } }, ConditionExpression: "attribute_not_exists(k)" })), { name: "ConditionalCheckFailedException" });
await dynamodb.send(new DeleteTableCommand({ TableName }));
console.log("ok");
