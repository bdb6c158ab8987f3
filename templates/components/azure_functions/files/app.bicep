// One function app, with the rights that its code needs and no other.
param name string
param location string
param planId string
param subnetId string
param storageName string
param packagesName string
param vaultName string
param insightsConnection string
param package string
param instances int
param settings object
@description('Names of secrets in the vault, by the variable that each becomes.')
param secrets object

var appSettings = union(settings, toObject(items(secrets), secret => secret.key, secret => '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${secret.value})'), {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  AzureWebJobsStorage__accountName: storageName
  // Else the first 32 characters of the name, which several apps have in common: two of one id stop.
  AzureFunctionsWebHost__hostid: uniqueString(resourceGroup().id, name)
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'python'
  // The release: another package is another release, and the one before is still there.
  WEBSITE_RUN_FROM_PACKAGE: package
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: 'SystemAssigned'
})

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource packages 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: packagesName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource vaultSecrets 'Microsoft.KeyVault/vaults/secrets@2023-07-01' existing = [for secret in items(secrets): {
  parent: vault
  name: secret.value
}]

resource app 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    serverFarmId: planId
    virtualNetworkSubnetId: subnetId
    httpsOnly: true
    siteConfig: {
      linuxFxVersion: 'Python|3.12'
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      // What bounds the connections to the database, together with DATABASE_POOL_SIZE.
      functionAppScaleLimit: instances
      // Else nobody sees how far a consumer lags, least of all in a private network.
      functionsRuntimeScaleMonitoringEnabled: contains(settings, 'KAFKA_BOOTSTRAP_SERVERS')
      appSettings: [for setting in items(appSettings): {
        name: setting.key
        value: setting.value
      }]
    }
  }
}

// Storage Blob Data Reader: nobody who runs the packages may write them, neighbours' among them.
resource packagesRights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(packages.id, name)
  scope: packages
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')
  }
}

// Storage Blob Data Owner, Queue Data Contributor, Table Data Contributor: the host's own leases, schedules and logs.
var ofStorage = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
]

resource storageRights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in ofStorage: {
  name: guid(storage.id, name, role)
  scope: storage
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

// Key Vault Secrets User, of its own secrets alone.
resource secretRights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (secret, index) in items(secrets): {
  name: guid(vault.id, name, secret.value)
  scope: vaultSecrets[index]
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
  }
}]

output hostName string = app.properties.defaultHostName
