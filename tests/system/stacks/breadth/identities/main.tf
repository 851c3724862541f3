variable "changed" {
  default = false
}

locals {
  trust = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
  reads = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_role" "r" {
  name               = "breadth"
  assume_role_policy = local.trust
}

resource "aws_iam_user" "u" {
  name = "breadth"
}

resource "aws_iam_group" "g" {
  name = "breadth"
}

resource "aws_iam_role_policy" "p" {
  name   = "reads"
  role   = aws_iam_role.r.name
  policy = local.reads
}

resource "aws_iam_user_policy" "p" {
  name   = "reads"
  user   = aws_iam_user.u.name
  policy = local.reads
}

resource "aws_iam_group_policy" "p" {
  name   = "reads"
  group  = aws_iam_group.g.name
  policy = local.reads
}

resource "aws_iam_policy" "p" {
  count  = 2
  name   = "breadth${count.index}"
  policy = local.reads
}

resource "aws_iam_role_policies_exclusive" "r" {
  role_name    = aws_iam_role.r.name
  policy_names = [aws_iam_role_policy.p.name]
}

resource "aws_iam_user_policies_exclusive" "u" {
  user_name    = aws_iam_user.u.name
  policy_names = [aws_iam_user_policy.p.name]
}

resource "aws_iam_group_policies_exclusive" "g" {
  group_name   = aws_iam_group.g.name
  policy_names = [aws_iam_group_policy.p.name]
}

resource "aws_iam_role_policy_attachment" "p" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.p[0].arn
}

resource "aws_iam_user_policy_attachment" "p" {
  user       = aws_iam_user.u.name
  policy_arn = aws_iam_policy.p[0].arn
}

resource "aws_iam_group_policy_attachment" "p" {
  group      = aws_iam_group.g.name
  policy_arn = aws_iam_policy.p[0].arn
}

resource "aws_iam_role_policy_attachments_exclusive" "r" {
  role_name   = aws_iam_role_policy_attachment.p.role
  policy_arns = var.changed ? aws_iam_policy.p[*].arn : [aws_iam_policy.p[0].arn]
}

resource "aws_iam_user_policy_attachments_exclusive" "u" {
  user_name   = aws_iam_user_policy_attachment.p.user
  policy_arns = var.changed ? aws_iam_policy.p[*].arn : [aws_iam_policy.p[0].arn]
}

resource "aws_iam_group_policy_attachments_exclusive" "g" {
  group_name  = aws_iam_group_policy_attachment.p.group
  policy_arns = var.changed ? aws_iam_policy.p[*].arn : [aws_iam_policy.p[0].arn]
}

resource "aws_iam_service_specific_credential" "c" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.u.name
  status       = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_signing_certificate" "c" {
  user_name        = aws_iam_user.u.name
  certificate_body = file("${path.module}/signing.pem")
  status           = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_virtual_mfa_device" "d" {
  virtual_mfa_device_name = "breadth"
  path                    = "/team/"
  tags = {
    Name = var.changed ? "after" : "before"
  }
}

resource "aws_iam_instance_profile" "p" {
  name = "breadth"
  role = aws_iam_role.r.name
}

resource "aws_iam_access_key" "k" {
  user = aws_iam_user.u.name
}

data "aws_iam_instance_profiles" "r" {
  role_name  = aws_iam_role.r.name
  depends_on = [aws_iam_instance_profile.p]
}

data "aws_iam_access_keys" "u" {
  user       = aws_iam_user.u.name
  depends_on = [aws_iam_access_key.k]
}

data "aws_iam_session_context" "role" {
  arn = "arn:aws:sts::000000000000:assumed-role/${aws_iam_role.r.name}/me"
}

data "aws_iam_session_context" "user" {
  arn = aws_iam_user.u.arn
}

data "aws_iam_principal_policy_simulation" "s" {
  policy_source_arn = aws_iam_role.r.arn
  action_names      = ["s3:GetObject", "s3:PutObject"]
  resource_arns     = ["arn:aws:s3:::b/k"]
  depends_on        = [aws_iam_role_policies_exclusive.r, aws_iam_role_policy_attachments_exclusive.r]
}

data "aws_iam_roles" "r" {
  name_regex = "^bread"
  depends_on = [aws_iam_role.r]
}

output "same" {
  value = {
    profiles   = [data.aws_iam_instance_profiles.r.names == toset(["breadth"]), data.aws_iam_instance_profiles.r.arns == toset([aws_iam_instance_profile.p.arn])]
    keys       = [[for k in data.aws_iam_access_keys.u.access_keys : k.access_key_id] == [aws_iam_access_key.k.id]]
    sessions   = [data.aws_iam_session_context.role.issuer_arn == aws_iam_role.r.arn, data.aws_iam_session_context.role.session_name == "me", data.aws_iam_session_context.user.issuer_arn == aws_iam_user.u.arn, data.aws_iam_session_context.user.session_name == ""]
    simulation = [!data.aws_iam_principal_policy_simulation.s.all_allowed, { for r in data.aws_iam_principal_policy_simulation.s.results : r.action_name => r.allowed } == { "s3:GetObject" = true, "s3:PutObject" = false }]
    roles      = [data.aws_iam_roles.r.names == toset(["breadth"])]
    device     = [aws_iam_virtual_mfa_device.d.arn == "arn:aws:iam::000000000000:mfa/team/breadth", aws_iam_virtual_mfa_device.d.base_32_string_seed != ""]
  }
}
