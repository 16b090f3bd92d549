using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Posthorn.KeyVault;

namespace Posthorn.Tests.KeyVault;

/// <summary>
/// Azure Key Vault's REST API for secrets, as the SDK meets it: a question without a token is answered with where to get one, versions
/// come in pages and in no order, and a value is had of one version at a time.
/// </summary>
internal sealed class FakeVault(FakeTimeProvider clock) : HttpMessageHandler
{
    private const int PageSize = 2;
    private const string Challenge = "Bearer authorization=\"https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555\", resource=\"https://vault.azure.net\"";
    private readonly ConcurrentQueue<string> _questions = new();
    private readonly Dictionary<string, List<Version>> _secrets = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where it is.</summary>
    public static Uri Url { get; } = new("https://papr.vault.azure.net/");

    /// <summary>What it was asked with a token, in order.</summary>
    public IReadOnlyList<string> Questions => [.. _questions];

    /// <summary>What happens instead of an answer; null is an answer.</summary>
    public Func<CancellationToken, Task<HttpResponseMessage>>? Trouble { get; set; }

    /// <summary>Happens before every answer.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Every answer is this one.</summary>
    public void Answers(HttpStatusCode status, string body = "", params (string Name, string Value)[] headers) => Trouble = _ =>
    {
        var answer = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) answer.Headers.Add(name, value);
        return Task.FromResult(answer);
    };

    /// <summary>A new version, made now if nothing else is said.</summary>
    public void Put(string name, string value, bool enabled = true, DateTimeOffset? made = null, DateTimeOffset? notBefore = null, DateTimeOffset? expires = null)
    {
        if (!_secrets.TryGetValue(name, out var versions)) _secrets[name] = versions = [];
        versions.Add(new Version($"{versions.Count + 1:x32}", value, made ?? clock.GetUtcNow(), notBefore, expires) { Enabled = enabled });
    }

    /// <summary>No version of it can be used any longer.</summary>
    public void Disable(string name) => _secrets[name].ForEach(version => version.Enabled = false);

    /// <summary>It is gone.</summary>
    public void Delete(string name) => _secrets.Remove(name);

    /// <summary>A reader that asks here, and does not pause before it asks once more.</summary>
    public VaultReader Reader(FakeIdentity? identity = null) => VaultReader.Of(Url, clock, identity ?? new FakeIdentity(), this, TimeSpan.Zero);

    /// <summary>A store over it.</summary>
    public KeyVaultSecretStore Store(LogLines? log = null, TimeSpan? cacheFor = null, string? withheld = null, FakeIdentity? identity = null)
    {
        var options = cacheFor is { } time ? new KeyVaultOptions { Url = Url, CacheFor = time } : new KeyVaultOptions { Url = Url };
        return new KeyVaultSecretStore(Reader(identity), options, withheld, clock, log ?? new LogLines());
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization is null) return new HttpResponseMessage(HttpStatusCode.Unauthorized) { Headers = { { "WWW-Authenticate", Challenge } } };
        var url = request.RequestUri.ShouldNotBeNull();
        url.GetLeftPart(UriPartial.Authority).ShouldBe(Url.GetLeftPart(UriPartial.Authority));
        request.Headers.Authorization.ToString().ShouldBe($"Bearer {FakeIdentity.Token}");
        _questions.Enqueue($"{request.Method} {url.AbsolutePath.TrimEnd('/')}");
        await Gate.WaitAsync(cancellationToken);
        return Trouble is { } trouble ? await trouble(cancellationToken) : Answer(url);
    }

    private HttpResponseMessage Answer(Uri url)
    {
        var parts = url.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (!_secrets.TryGetValue(parts[1], out var versions)) return Refuse(HttpStatusCode.NotFound, "SecretNotFound");
        if (parts[2] == "versions") return Page(parts[1], versions, url);
        if (versions.Find(each => each.Id == parts[2]) is not { } version) return Refuse(HttpStatusCode.NotFound, "SecretNotFound");
        return version.Enabled ? Reply(Describe(parts[1], version, version.Value)) : Refuse(HttpStatusCode.Forbidden, "Forbidden");
    }

    private static HttpResponseMessage Page(string name, List<Version> versions, Uri url)
    {
        var skip = url.Query.Split("$skiptoken=") is [_, var token] ? int.Parse(token.Split('&')[0], CultureInfo.InvariantCulture) : 0;
        var more = skip + PageSize < versions.Count ? $"{Url}secrets/{name}/versions?api-version=7.5&$skiptoken={skip + PageSize}" : null;
        return Reply(new JsonObject
        {
            ["value"] = new JsonArray([.. versions.Skip(skip).Take(PageSize).Select(version => Describe(name, version, value: null))]),
            ["nextLink"] = more,
        });
    }

    private static JsonObject Describe(string name, Version version, string? value)
    {
        var attributes = new JsonObject { ["enabled"] = version.Enabled, ["created"] = version.Made.ToUnixTimeSeconds(), ["updated"] = version.Made.ToUnixTimeSeconds() };
        if (version.NotBefore is { } start) attributes["nbf"] = start.ToUnixTimeSeconds();
        if (version.Expires is { } end) attributes["exp"] = end.ToUnixTimeSeconds();
        var described = new JsonObject { ["id"] = $"{Url}secrets/{name}/{version.Id}", ["attributes"] = attributes };
        if (value is not null) described["value"] = value;
        return described;
    }

    private static HttpResponseMessage Refuse(HttpStatusCode status, string code) =>
        Reply(new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = "what the vault says beside" } }, status);

    private static HttpResponseMessage Reply(JsonObject body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    private sealed record Version(string Id, string Value, DateTimeOffset Made, DateTimeOffset? NotBefore, DateTimeOffset? Expires)
    {
        public bool Enabled { get; set; }
    }
}
