variable "name" { type = string }
variable "service" { type = string }
variable "image" { type = string }
variable "essential" {
  type    = bool
  default = null
}
variable "mappings" {
  type    = list(any)
  default = []
}
variable "env" {
  type = list(object({
    name  = string
    value = string
  }))
  default = []
}
variable "entrypoint" {
  type    = list(string)
  default = []
}
variable "linux_parameters" {
  type    = any
  default = {}
}

data "aws_region" "current" {}

locals {
  log_group_name = try(coalesce(null, "/aws/ecs/${var.service}/${var.name}"), "")
  log_configuration = merge(
    { for k, v in {
      logDriver = "awslogs",
      options = {
        awslogs-region        = data.aws_region.current.name,
        awslogs-group         = try(aws_cloudwatch_log_group.this[0].name, ""),
        awslogs-stream-prefix = "ecs"
      },
    } : k => v if true },
    {}
  )
  linux_parameters = length(var.linux_parameters) > 0 ? merge({ "initProcessEnabled" : false }, var.linux_parameters) : merge({ "initProcessEnabled" : false }, var.linux_parameters)
  definition = {
    command                = null
    entrypoint             = length(var.entrypoint) > 0 ? var.entrypoint : null
    environment            = var.env
    essential              = var.essential
    image                  = var.image
    interactive            = false
    linuxParameters        = length(local.linux_parameters) > 0 ? local.linux_parameters : null
    logConfiguration       = length(local.log_configuration) > 0 ? local.log_configuration : null
    mountPoints            = []
    name                   = var.name
    portMappings           = [for p in var.mappings : { for k, v in p : k => v if v != null }]
    privileged             = false
    pseudoTerminal         = false
    readonlyRootFilesystem = true
    startTimeout           = 30
    stopTimeout            = 120
    systemControls         = []
    user                   = "0"
    versionConsistency     = "disabled"
    volumesFrom            = []
  }
  container_definition = { for k, v in local.definition : k => v if v != null }
}

resource "aws_cloudwatch_log_group" "this" {
  count             = 1
  name              = local.log_group_name
  name_prefix       = null
  retention_in_days = 14
  kms_key_id        = null
  log_group_class   = null
}

output "container_definition" {
  value = local.container_definition
}
