// The worker and, beside it in each replica, the collector that its OTLP goes to.
param name string
param location string
param tags object
param environmentId string
param image string
param registryServer string
param collectorImage string
param insightsName string
param workerIdentityId string
param workerClientId string
param scalerIdentityId string
param namespaceName string
param namespaceHost string
param queueName string
param lockDurationSeconds int
param ordered bool
param onExhausted string
param vaultUrl string
param sealingKeyName string
param minReplicas int
param maxReplicas int
param messagesPerReplica int
param cores string
param apiKeyHash string
param logLevel string

@description('From outside the environment: by everyone, or in a private network by what is in it.')
param reachable bool

@description('The address of the store\'s connection string in the vault. Empty: the embedded store.')
param postgresUrl string

var hasPostgres = !empty(postgresUrl)
var memory = { '0.25': '0.5Gi', '0.5': '1Gi', '0.75': '1.5Gi', '1.0': '2Gi', '1.5': '3Gi', '1.75': '3.5Gi' }
var lockDuration = '00:${padLeft(lockDurationSeconds / 60, 2, '0')}:${padLeft(lockDurationSeconds % 60, 2, '0')}'

var always = [
  { name: 'queue__kind', value: 'serviceBus' }
  { name: 'queue__serviceBus__namespace', value: namespaceHost }
  { name: 'queue__serviceBus__queue', value: queueName }
  { name: 'queue__serviceBus__sessions', value: ordered ? 'true' : 'false' }
  { name: 'queue__lockDuration', value: lockDuration }
  { name: 'keyVault__url', value: vaultUrl }
  { name: 'sealing__key', value: 'keyvault:${sealingKeyName}' }
  { name: 'api__url', value: 'http://0.0.0.0:8080' }
  { name: 'LOG_LEVEL', value: logLevel }
  { name: 'AZURE_CLIENT_ID', value: workerClientId } // There are two identities: this one is the worker's.
  { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://localhost:4317' }
  { name: 'OTEL_SERVICE_NAME', value: name }
  { name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', value: 'delta' } // Application Insights adds up what it gets.
]
var postgres = hasPostgres
  ? [{ name: 'store__kind', value: 'postgres' }, { name: 'store__postgres__connectionString', secretRef: 'postgres' }]
  : []
var firstKey = empty(apiKeyHash) ? [] : [{ name: 'api__keys__0', value: apiKeyHash }]
var order = ordered ? [{ name: 'ordering__onExhausted', value: onExhausted }] : []

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: name
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${workerIdentityId}': {}, '${scalerIdentityId}': {} } }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [{ server: registryServer, identity: workerIdentityId }]
      ingress: { external: reachable, targetPort: 8080, transport: 'http', allowInsecure: false }
      // The scaler's identity is for the platform: no container can get a token of it.
      identitySettings: [
        { identity: workerIdentityId, lifecycle: 'Main' }
        { identity: scalerIdentityId, lifecycle: 'None' }
      ]
      secrets: concat(
        [
          { name: 'insights', value: insights.properties.ConnectionString }
          { name: 'collector', value: loadTextContent('../collector.yaml') }
        ],
        hasPostgres ? [{ name: 'postgres', keyVaultUrl: postgresUrl, identity: workerIdentityId }] : []
      )
    }
    template: {
      terminationGracePeriodSeconds: 60 // Longer than delivery:shutdownGrace and what settling takes after it.
      containers: [
        {
          name: 'worker'
          image: image
          env: concat(always, postgres, firstKey, order)
          resources: { cpu: json(cores), memory: memory[cores] }
          probes: [
            { type: 'Startup', httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 6, failureThreshold: 10 }
            {
              type: 'Liveness'
              httpGet: { path: '/healthz', port: 8080 }
              periodSeconds: 30
              timeoutSeconds: 5
              failureThreshold: 3
            }
            {
              type: 'Readiness'
              httpGet: { path: '/readyz', port: 8080 }
              periodSeconds: 15
              timeoutSeconds: 5
              failureThreshold: 2
            }
          ]
        }
        {
          name: 'collector'
          image: collectorImage
          args: ['--config=/etc/collector/collector.yaml']
          env: [{ name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', secretRef: 'insights' }]
          resources: { cpu: json('0.25'), memory: '0.5Gi' }
          volumeMounts: [{ volumeName: 'collector', mountPath: '/etc/collector' }]
          probes: [{ type: 'Liveness', httpGet: { path: '/', port: 13133 }, periodSeconds: 30, failureThreshold: 3 }]
        }
      ]
      volumes: [
        { name: 'collector', storageType: 'Secret', secrets: [{ secretRef: 'collector', path: 'collector.yaml' }] }
      ]
      scale: {
        minReplicas: hasPostgres ? minReplicas : 1
        maxReplicas: hasPostgres ? maxReplicas : 1
        pollingInterval: 15
        cooldownPeriod: 300
        rules: [
          {
            name: 'queue'
            custom: {
              type: 'azure-servicebus'
              identity: scalerIdentityId
              metadata: { namespace: namespaceName, queueName: queueName, messageCount: '${messagesPerReplica}' }
            }
          }
          { name: 'api', http: { metadata: { concurrentRequests: '50' } } }
        ]
      }
    }
  }
}

output id string = app.id
output host string = app.properties.configuration.ingress.fqdn
