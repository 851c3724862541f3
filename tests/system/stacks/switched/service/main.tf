variable "name" { type = string }
variable "subnets" { type = list(string) }
variable "containers" {
  type    = any
  default = {}
}
variable "container_defaults" {
  type    = any
  default = {}
}
variable "load_balancer" {
  type    = any
  default = {}
}
variable "security_group_rules" {
  type    = any
  default = {}
}
variable "autoscaling_policies" {
  type    = any
  default = {}
}
variable "alarms" {
  type    = any
  default = {}
}
variable "capacity_providers" {
  type    = map(object({ auto_scaling_group_arn = string, weight = optional(number, 1) }))
  default = {}
}
variable "deployment_controller" {
  type    = any
  default = {}
}
variable "ephemeral_storage" {
  type    = any
  default = {}
}
variable "desired_count" {
  type    = number
  default = 0
}
variable "statements" {
  type    = any
  default = {}
}

data "aws_region" "current" {}
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_subnet" "this" {
  count = 1
  id    = element(var.subnets, 0)
}

resource "aws_ecs_cluster" "this" {
  count = 1
  name  = var.name
  dynamic "configuration" {
    for_each = []
    content {
      dynamic "execute_command_configuration" {
        for_each = [configuration.value]
        content {
          logging = execute_command_configuration.value
        }
      }
    }
  }
  dynamic "service_connect_defaults" {
    for_each = []
    content {
      namespace = service_connect_defaults.value.namespace
    }
  }
  dynamic "setting" {
    for_each = flatten([{ name = "containerInsights", value = "disabled" }])
    content {
      name  = setting.value.name
      value = setting.value.value
    }
  }
}

resource "aws_ecs_capacity_provider" "this" {
  for_each = var.capacity_providers
  name     = each.key
  auto_scaling_group_provider {
    auto_scaling_group_arn = each.value.auto_scaling_group_arn
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  count              = 1
  cluster_name       = aws_ecs_cluster.this[0].name
  capacity_providers = distinct(concat(["FARGATE", "FARGATE_SPOT"], [for k, v in var.capacity_providers : try(v.name, k)]))
  dynamic "default_capacity_provider_strategy" {
    for_each = { for k, v in var.capacity_providers : k => v if try(v.weight, 0) > 0 }
    iterator = strategy
    content {
      capacity_provider = try(strategy.value.name, strategy.key)
      base              = try(strategy.value.base, null)
      weight            = try(strategy.value.weight, null)
    }
  }
  depends_on = [aws_ecs_capacity_provider.this]
}

module "container_definition" {
  source    = "./definition"
  for_each  = { for k, v in var.containers : k => v if try(v.create, true) }
  name      = try(each.value.name, each.key)
  service   = var.name
  image     = try(each.value.image, var.container_defaults.image, null)
  essential = try(each.value.essential, var.container_defaults.essential, null)
  mappings  = try(each.value.port_mappings, var.container_defaults.port_mappings, [])
  env       = try(each.value.environment, var.container_defaults.environment, [])
}

locals {
  max_revision    = max(aws_ecs_task_definition.this[0].revision, data.aws_ecs_task_definition.this[0].revision)
  task_definition = "${aws_ecs_task_definition.this[0].family}:${local.max_revision}"
}

data "aws_ecs_task_definition" "this" {
  count           = 1
  task_definition = aws_ecs_task_definition.this[0].family
  depends_on      = [aws_ecs_task_definition.this]
}

resource "aws_ecs_task_definition" "this" {
  count                 = 1
  container_definitions = jsonencode([for k, v in module.container_definition : v.container_definition])
  cpu                   = 256
  dynamic "ephemeral_storage" {
    for_each = length(var.ephemeral_storage) > 0 ? [var.ephemeral_storage] : []
    content {
      size_in_gib = ephemeral_storage.value.size_in_gib
    }
  }
  execution_role_arn = try(aws_iam_role.task_exec[0].arn, null)
  family             = coalesce(null, var.name)
  dynamic "inference_accelerator" {
    for_each = []
    content {
      device_name = inference_accelerator.value.device_name
      device_type = inference_accelerator.value.device_type
    }
  }
  ipc_mode     = null
  memory       = 512
  network_mode = "awsvpc"
  pid_mode     = null
  dynamic "placement_constraints" {
    for_each = []
    content {
      type = placement_constraints.value.type
    }
  }
  dynamic "proxy_configuration" {
    for_each = []
    content {
      container_name = proxy_configuration.value.container_name
    }
  }
  requires_compatibilities = ["FARGATE"]
  dynamic "runtime_platform" {
    for_each = [{ operating_system_family = "LINUX", cpu_architecture = "X86_64" }]
    content {
      cpu_architecture        = try(runtime_platform.value.cpu_architecture, null)
      operating_system_family = try(runtime_platform.value.operating_system_family, null)
    }
  }
  skip_destroy  = null
  task_role_arn = try(aws_iam_role.tasks[0].arn, null)
  dynamic "volume" {
    for_each = {}
    content {
      dynamic "efs_volume_configuration" {
        for_each = try([volume.value.efs_volume_configuration], [])
        content {
          file_system_id = efs_volume_configuration.value.file_system_id
        }
      }
      host_path = try(volume.value.host_path, null)
      name      = try(volume.value.name, volume.key)
    }
  }
  depends_on = [aws_iam_role_policy_attachment.task_exec]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "this" {
  count = 1
  dynamic "alarms" {
    for_each = length(var.alarms) > 0 ? [var.alarms] : []
    content {
      alarm_names = alarms.value.alarm_names
      enable      = try(alarms.value.enable, true)
      rollback    = try(alarms.value.rollback, true)
    }
  }
  dynamic "capacity_provider_strategy" {
    for_each = {}
    content {
      base              = try(capacity_provider_strategy.value.base, null)
      capacity_provider = capacity_provider_strategy.value.capacity_provider
      weight            = try(capacity_provider_strategy.value.weight, null)
    }
  }
  cluster = aws_ecs_cluster.this[0].arn
  dynamic "deployment_circuit_breaker" {
    for_each = [{ enable = true, rollback = true }]
    content {
      enable   = deployment_circuit_breaker.value.enable
      rollback = deployment_circuit_breaker.value.rollback
    }
  }
  dynamic "deployment_controller" {
    for_each = length(var.deployment_controller) > 0 ? [var.deployment_controller] : []
    content {
      type = try(deployment_controller.value.type, null)
    }
  }
  availability_zone_rebalancing      = null
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 66
  desired_count                      = var.desired_count
  enable_ecs_managed_tags            = true
  enable_execute_command             = null
  force_delete                       = null
  force_new_deployment               = null
  health_check_grace_period_seconds  = null
  iam_role                           = null
  launch_type                        = "FARGATE"
  dynamic "load_balancer" {
    for_each = { for k, v in var.load_balancer : k => v }
    content {
      container_name   = load_balancer.value.container_name
      container_port   = load_balancer.value.container_port
      elb_name         = try(load_balancer.value.elb_name, null)
      target_group_arn = try(load_balancer.value.target_group_arn, null)
    }
  }
  name = var.name
  dynamic "network_configuration" {
    for_each = [{ assign_public_ip = false, security_groups = flatten(concat([try(aws_security_group.this[0].id, [])], [])), subnets = var.subnets }]
    content {
      assign_public_ip = network_configuration.value.assign_public_ip
      security_groups  = network_configuration.value.security_groups
      subnets          = network_configuration.value.subnets
    }
  }
  dynamic "ordered_placement_strategy" {
    for_each = {}
    content {
      field = try(ordered_placement_strategy.value.field, null)
      type  = ordered_placement_strategy.value.type
    }
  }
  dynamic "placement_constraints" {
    for_each = {}
    content {
      type = placement_constraints.value.type
    }
  }
  platform_version    = null
  scheduling_strategy = "REPLICA"
  dynamic "service_connect_configuration" {
    for_each = []
    content {
      enabled = try(service_connect_configuration.value.enabled, true)
    }
  }
  dynamic "service_registries" {
    for_each = []
    content {
      container_name = try(service_registries.value.container_name, null)
      registry_arn   = service_registries.value.registry_arn
    }
  }
  dynamic "volume_configuration" {
    for_each = []
    content {
      name = volume_configuration.value.name
    }
  }
  dynamic "vpc_lattice_configurations" {
    for_each = []
    content {
      role_arn         = vpc_lattice_configurations.value.role_arn
      target_group_arn = vpc_lattice_configurations.value.target_group_arn
      port_name        = vpc_lattice_configurations.value.port_name
    }
  }
  task_definition       = local.task_definition
  triggers              = {}
  wait_for_steady_state = null
  propagate_tags        = null
  timeouts {
    create = null
    update = null
    delete = null
  }
  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "aws_ecs_task_set" "this" {
  count           = length(var.deployment_controller) > 0 ? 1 : 0
  service         = try(aws_ecs_service.this[0].id, "")
  cluster         = aws_ecs_cluster.this[0].arn
  task_definition = local.task_definition
  lifecycle {
    ignore_changes = [scale]
  }
}

data "aws_iam_policy_document" "assume" {
  count = 1
  statement {
    sid     = "ECSTasksAssumeRole"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.current.partition}:ecs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:*"]
    }
  }
}

data "aws_iam_policy_document" "tasks" {
  count = 1
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["*"]
  }
  dynamic "statement" {
    for_each = var.statements
    content {
      sid           = try(statement.value.sid, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      effect        = try(statement.value.effect, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)
      dynamic "condition" {
        for_each = try(statement.value.conditions, [])
        content {
          test     = condition.value.test
          values   = condition.value.values
          variable = condition.value.variable
        }
      }
    }
  }
}

resource "aws_iam_role" "task_exec" {
  count                 = 1
  name                  = null
  name_prefix           = "${var.name}-"
  path                  = null
  description           = coalesce(null, "Task execution role for ${var.name}")
  assume_role_policy    = data.aws_iam_policy_document.assume[0].json
  max_session_duration  = null
  permissions_boundary  = null
  force_detach_policies = true
}

resource "aws_iam_policy" "task_exec" {
  count       = 1
  name        = null
  name_prefix = "${var.name}-"
  policy      = data.aws_iam_policy_document.tasks[0].json
}

resource "aws_iam_role_policy_attachment" "task_exec" {
  count      = 1
  role       = aws_iam_role.task_exec[0].name
  policy_arn = aws_iam_policy.task_exec[0].arn
}

resource "aws_iam_role" "tasks" {
  count              = 1
  name_prefix        = "${var.name}-tasks-"
  assume_role_policy = data.aws_iam_policy_document.assume[0].json
}

resource "aws_iam_role_policy" "tasks" {
  count       = 1
  name        = null
  name_prefix = "${var.name}-"
  policy      = data.aws_iam_policy_document.tasks[0].json
  role        = aws_iam_role.tasks[0].id
}

resource "aws_security_group" "this" {
  count       = 1
  name_prefix = "${var.name}-"
  description = null
  vpc_id      = data.aws_subnet.this[0].vpc_id
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "this" {
  for_each                 = { for k, v in var.security_group_rules : k => v }
  security_group_id        = aws_security_group.this[0].id
  protocol                 = each.value.protocol
  from_port                = each.value.from_port
  to_port                  = each.value.to_port
  type                     = each.value.type
  description              = lookup(each.value, "description", null)
  cidr_blocks              = lookup(each.value, "cidr_blocks", null)
  ipv6_cidr_blocks         = lookup(each.value, "ipv6_cidr_blocks", null)
  prefix_list_ids          = lookup(each.value, "prefix_list_ids", null)
  self                     = lookup(each.value, "self", null)
  source_security_group_id = lookup(each.value, "source_security_group_id", null)
}

locals {
  cluster_name = try(element(split("/", aws_ecs_cluster.this[0].arn), 1), "")
}

resource "aws_appautoscaling_target" "this" {
  count              = 1
  min_capacity       = min(1, var.desired_count)
  max_capacity       = max(10, var.desired_count)
  resource_id        = "service/${local.cluster_name}/${try(aws_ecs_service.this[0].name, "")}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}

resource "aws_appautoscaling_policy" "this" {
  for_each           = { for k, v in var.autoscaling_policies : k => v }
  name               = try(each.value.name, each.key)
  policy_type        = try(each.value.policy_type, "TargetTrackingScaling")
  resource_id        = aws_appautoscaling_target.this[0].resource_id
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  dynamic "step_scaling_policy_configuration" {
    for_each = try([each.value.step_scaling_policy_configuration], [])
    content {
      adjustment_type = try(step_scaling_policy_configuration.value.adjustment_type, null)
      dynamic "step_adjustment" {
        for_each = try(step_scaling_policy_configuration.value.step_adjustment, [])
        content {
          metric_interval_lower_bound = try(step_adjustment.value.metric_interval_lower_bound, null)
          scaling_adjustment          = try(step_adjustment.value.scaling_adjustment, null)
        }
      }
    }
  }
  dynamic "target_tracking_scaling_policy_configuration" {
    for_each = try(each.value.policy_type, "TargetTrackingScaling") == "TargetTrackingScaling" ? try([each.value.target_tracking_scaling_policy_configuration], []) : []
    content {
      dynamic "customized_metric_specification" {
        for_each = try([target_tracking_scaling_policy_configuration.value.customized_metric_specification], [])
        content {
          metric_name = customized_metric_specification.value.metric_name
          namespace   = customized_metric_specification.value.namespace
          statistic   = customized_metric_specification.value.statistic
          unit        = try(customized_metric_specification.value.unit, null)
        }
      }
      disable_scale_in = try(target_tracking_scaling_policy_configuration.value.disable_scale_in, null)
      dynamic "predefined_metric_specification" {
        for_each = try([target_tracking_scaling_policy_configuration.value.predefined_metric_specification], [])
        content {
          predefined_metric_type = predefined_metric_specification.value.predefined_metric_type
          resource_label         = try(predefined_metric_specification.value.resource_label, null)
        }
      }
      scale_in_cooldown  = try(target_tracking_scaling_policy_configuration.value.scale_in_cooldown, 300)
      scale_out_cooldown = try(target_tracking_scaling_policy_configuration.value.scale_out_cooldown, 60)
      target_value       = try(target_tracking_scaling_policy_configuration.value.target_value, 75)
    }
  }
}

output "task_definition" {
  value = local.task_definition
}
output "capacity_providers" {
  value = jsonencode(aws_ecs_capacity_provider.this)
}
output "task_set_id" {
  value = try(aws_ecs_task_set.this[0].task_set_id, null)
}
