using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.EndToEndTests.Access;

/// <summary>A worker as in production, with a key for each role and for each of two tenants.</summary>
public sealed class ProductionWorker : IAsyncLifetime
{
    /// <summary>The configuration's key: it may do everything.</summary>
    public const string Admin = "the-key-of-the-configuration";

    private readonly ConcurrentDictionary<string, string> _keys = new();

    public Harness Harness { get; } = new Harness().With(
        "--network:allowHttp=true", "--network:allowPrivateNetworks=true", $"--api:keys:0=sha256:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Admin)))}");

    /// <summary>The key of a name: a role without a tenant, or <c>a</c> and <c>b</c>, who may do everything within their tenants.</summary>
    public string this[string name] => _keys[name];

    public async ValueTask InitializeAsync()
    {
        Harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
        await Harness.StartWorkerAsync();
        await Task.WhenAll(
            AddAsync("publish", "publish"), AddAsync("manage", "manage"), AddAsync("operate", "operate"), AddAsync("read", "read"), AddAsync("a", "all", "tenant-a"), AddAsync("b", "publish,manage,operate,read", "tenant-b"));
        foreach (var name in _keys.Keys) await UntilKnownAsync(this[name]);
    }

    public ValueTask DisposeAsync() => Harness.DisposeAsync();

    /// <summary>Makes a key with <c>posthorn keys add</c>.</summary>
    public async Task<string> AddAsync(string name, string roles, string? tenant = null)
    {
        var added = await Harness.RunAsync(["keys", "add", name, "--role", roles, "--json", .. tenant is null ? Array.Empty<string>() : ["--tenant", tenant]]);
        added.ExitCode.ShouldBe(0, added.Everything());
        return _keys[name] = added.Json().Text("key");
    }

    /// <summary>Waits until the running worker lets the key in.</summary>
    public Task UntilKnownAsync(string key) => Harness.UntilAsync(
        async () => (await Harness.CallAsync("GET /api/nothing-of-mine", key: key)).Status == System.Net.HttpStatusCode.NotFound
            && (await Harness.CallAsync("GET /api/queue", key: key)).Status != System.Net.HttpStatusCode.Unauthorized,
        "the key is known",
        Harness.DescribeProcesses,
        TimeSpan.FromSeconds(2));
}

[CollectionDefinition(Name)]
public sealed class ProductionCollection : ICollectionFixture<ProductionWorker>
{
    public const string Name = "a worker as in production";
}
