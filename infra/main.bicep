// Everything Posthorn needs on Azure, in one resource group. It is deployed twice: without an image it makes the base (the
// registry among it), and with one the worker, its alerts and its workbook besides. See README.md for the commands.
targetScope = 'resourceGroup'

@description('The beginning of every resource\'s name.')
@minLength(3)
@maxLength(12)
param name string = 'posthorn'

param location string = resourceGroup().location

@description('The worker\'s image, REGISTRY/posthorn:TAG. Empty: only the base is made.')
param image string = ''

@description('The collector\'s image; by default the copy in the registry that is made here.')
param collectorImage string = ''

// The queue.

@description('Standard shares its hardware and allows 1000 credits a second; Premium has its own, and private endpoints.')
@allowed(['Standard', 'Premium'])
param tier string = 'Standard'

@description('Premium only.')
@allowed([1, 2, 4, 8, 16])
param messagingUnits int = 1

param queueName string = 'notifications'

@description('How long a lease locks a message. The worker renews it while a POST is under way.')
@minValue(15)
@maxValue(300)
param lockDurationSeconds int = 60

@description('Crashes and lost locks before the broker buries a message; retries are new messages and do not count.')
@minValue(1)
@maxValue(2000)
param maxDeliveryCount int = 10

@description('ISO 8601, 20 seconds to 7 days; fixed once the queue is there.')
param duplicateWindow string = 'PT10M'

@description('ISO 8601. A silent ceiling for every message: longer than the longest wait between two attempts, and than deliver_after reaches ahead.')
param timeToLive string = 'P14D'

@description('Dead letters count toward it; a full queue refuses producers.')
@allowed([1024, 2048, 3072, 4096, 5120, 10240, 20480, 40960, 81920])
param queueSizeMegabytes int = 5120

@description('The queue requires sessions: deliveries of one ordering key are in order. Fixed once the queue is there.')
param ordered bool = false

@description('What becomes of an ordering key whose head is dead-lettered: it goes on, or waits for the replay.')
@allowed(['skip', 'hold'])
param onExhausted string = 'skip'

// The worker.

@description('0 lets it sleep while nothing is due. Without PostgreSQL there is always one, as the store is in it.')
@minValue(0)
@maxValue(300)
param minReplicas int = 0

@minValue(1)
@maxValue(300)
param maxReplicas int = 10

@description('Waiting messages for each replica. One has up to 256 under way (delivery:maxInFlight).')
@minValue(1)
param messagesPerReplica int = 200

@description('Cores of the worker; 2 GiB of memory come with each.')
@allowed(['0.25', '0.5', '0.75', '1.0', '1.5', '1.75'])
param cores string = '0.5'

@description('Whether the API can be called from outside the environment. It asks for a key either way.')
param publicApi bool = false

@description('sha256:HEX of the first API key, which may do everything; the key itself is nowhere. Empty: none.')
param apiKeyHash string = ''

@allowed(['Information', 'Debug'])
param logLevel string = 'Information'

@description('The key that inline secrets are sealed with. Given once: it becomes a secret of the vault, and an empty value leaves that alone.')
@secure()
param sealingKey string = ''

param sealingKeyName string = 'posthorn-sealing-key'

@description('As Npgsql reads it. Given once: it becomes a secret of the vault, and an empty value leaves that alone.')
@secure()
param postgresConnectionString string = ''

@description('Endpoints, API keys and the delivery log are in PostgreSQL, whose connection string the vault has. Without it they are inside the one replica, and go with it.')
param usePostgres bool = false

// Rights and network.

@description('queueReader makes a custom role that reads counts and nothing else. dataOwner is for tenants that allow no custom roles.')
@allowed(['queueReader', 'dataOwner'])
param scalerRole string = 'queueReader'

@description('Object id of who operates it: may work on the queue and its dead letters, and set secrets. Empty: nobody.')
param operatorPrincipalId string = ''

@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@description('A network of its own, private endpoints to the queue and the vault, and one fixed outgoing address. Needs Premium.')
param privateNetworking bool = false

@description('With privateNetworking: replicas in every zone. Not every region has zones.')
param zoneRedundant bool = true

@description('At least a /22: half of it is for the workers.')
param addressSpace string = '10.40.0.0/22'

// Watching.

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Who gets the alerts by mail.')
param alertEmails string[] = []

@description('Action groups that are there already: on-call tools, chat.')
param actionGroupIds string[] = []

@description('A backlog of this many messages that does not get done within 15 minutes is an alert.')
@minValue(1)
param backlogMessages int = 1000

@description('The least share of attempts that succeed, in percent.')
@minValue(1)
@maxValue(100)
param successPercent int = 90

@description('Dead letters in 15 minutes that are an alert of their own.')
@minValue(1)
param deadLettersGrowth int = 10

param tags object = { application: 'posthorn' }

var suffix = uniqueString(resourceGroup().id, name)
var isPrivate = privateNetworking && tier == 'Standard'
  ? fail('privateNetworking needs tier Premium: Standard has no private endpoints.')
  : privateNetworking
var hasApp = !empty(image)

module monitoring 'modules/monitoring.bicep' = {
  params: { name: name, location: location, tags: tags, retentionDays: logRetentionDays }
}

module identities 'modules/identities.bicep' = {
  params: { name: name, location: location, tags: tags }
}

module network 'modules/network.bicep' = if (isPrivate) {
  params: { name: name, location: location, tags: tags, addressSpace: addressSpace }
}

module queue 'modules/queue.bicep' = {
  params: {
    name: '${name}-${suffix}'
    location: location
    tags: tags
    tier: tier
    messagingUnits: messagingUnits
    queueName: queueName
    lockDuration: 'PT${lockDurationSeconds}S'
    maxDeliveryCount: maxDeliveryCount
    duplicateWindow: duplicateWindow
    timeToLive: timeToLive
    sizeMegabytes: queueSizeMegabytes
    ordered: ordered
    isPrivate: isPrivate
    workspaceId: monitoring.outputs.workspaceId
  }
}

module queueRoles 'modules/queueRoles.bicep' = {
  params: {
    namespaceName: queue.outputs.namespaceName
    queueName: queueName
    workerPrincipalId: identities.outputs.workerPrincipalId
    scalerPrincipalId: identities.outputs.scalerPrincipalId
    scalerRole: scalerRole
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: take('${take(name, 8)}-${suffix}', 24)
    location: location
    tags: tags
    isPrivate: isPrivate
    sealingKey: sealingKey
    sealingKeyName: sealingKeyName
    postgresConnectionString: postgresConnectionString
    workerPrincipalId: identities.outputs.workerPrincipalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    workspaceId: monitoring.outputs.workspaceId
  }
}

module registry 'modules/registry.bicep' = {
  params: {
    name: '${replace(name, '-', '')}${suffix}'
    location: location
    tags: tags
    pullerPrincipalId: identities.outputs.workerPrincipalId
  }
}

module endpoints 'modules/privateEndpoints.bicep' = if (isPrivate) {
  params: {
    name: name
    location: location
    tags: tags
    networkId: network!.outputs.networkId
    subnetId: network!.outputs.endpointsSubnetId
    namespaceId: queue.outputs.namespaceId
    vaultId: vault.outputs.id
  }
}

module environment 'modules/environment.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    subnetId: isPrivate ? network!.outputs.workersSubnetId : ''
    publicApi: publicApi
    zoneRedundant: zoneRedundant
    workspaceId: monitoring.outputs.workspaceId
  }
}

module environmentNames 'modules/environmentNames.bicep' = if (isPrivate && !publicApi) {
  params: {
    name: name
    tags: tags
    networkId: network!.outputs.networkId
    domain: environment.outputs.domain
    address: environment.outputs.address
  }
}

module app 'modules/app.bicep' = if (hasApp) {
  params: {
    name: name
    location: location
    tags: tags
    environmentId: environment.outputs.id
    image: image
    registryServer: registry.outputs.loginServer
    collectorImage: empty(collectorImage)
      ? '${registry.outputs.loginServer}/otel/opentelemetry-collector-contrib:0.138.0'
      : collectorImage
    insightsName: monitoring.outputs.insightsName
    workerIdentityId: identities.outputs.workerId
    workerClientId: identities.outputs.workerClientId
    scalerIdentityId: identities.outputs.scalerId
    namespaceName: queue.outputs.namespaceName
    namespaceHost: queue.outputs.host
    queueName: queueName
    lockDurationSeconds: lockDurationSeconds
    ordered: ordered
    onExhausted: onExhausted
    vaultUrl: vault.outputs.url
    sealingKeyName: sealingKeyName
    postgresUrl: usePostgres || !empty(postgresConnectionString) ? vault.outputs.postgresUrl : ''
    minReplicas: minReplicas
    maxReplicas: maxReplicas
    messagesPerReplica: messagesPerReplica
    cores: cores
    reachable: publicApi || isPrivate
    apiKeyHash: apiKeyHash
    logLevel: logLevel
  }
  dependsOn: [queueRoles, endpoints]
}

module alerts 'modules/alerts.bicep' = if (hasApp) {
  params: {
    name: name
    location: location
    tags: tags
    appName: name
    appId: app!.outputs.id
    namespaceId: queue.outputs.namespaceId
    queueName: queueName
    queueSizeMegabytes: queueSizeMegabytes
    workspaceId: monitoring.outputs.workspaceId
    emails: alertEmails
    actionGroupIds: actionGroupIds
    backlogMessages: backlogMessages
    successPercent: successPercent
    deadLettersGrowth: deadLettersGrowth
  }
}

module workbook 'modules/workbook.bicep' = if (hasApp) {
  params: {
    name: name
    location: location
    tags: tags
    appName: name
    appId: app!.outputs.id
    namespaceId: queue.outputs.namespaceId
    workspaceId: monitoring.outputs.workspaceId
  }
}

output registryName string = registry.outputs.name
output registryServer string = registry.outputs.loginServer
output namespaceHost string = queue.outputs.host
output vaultName string = vault.outputs.name
output workspaceId string = monitoring.outputs.workspaceId
output appName string = name
output apiHost string = hasApp ? app!.outputs.host : ''
output outgoingAddress string = isPrivate ? network!.outputs.outgoingAddress : ''
