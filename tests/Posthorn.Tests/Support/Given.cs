using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Tests.Support;

/// <summary>What facts begin with: a fixed time, a network, profiles, envelopes.</summary>
internal static class Given
{
    /// <summary>2024-03-21T15:30:45Z, which is 1711035045.</summary>
    public static readonly DateTimeOffset Now = new(2024, 3, 21, 15, 30, 45, TimeSpan.Zero);

    /// <summary>The rules of the Development environment.</summary>
    public static NetworkPolicy Development { get; } = new() { AllowHttp = true, AllowLoopback = true };

    /// <summary>The rules of any other environment.</summary>
    public static NetworkPolicy Production { get; } = new();

    public static IConfiguration Configuration(params IEnumerable<(string Key, string? Value)> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Key, pair.Value))).Build();

    public static SettingsSection Section(ICollection<SettingError> errors, params IEnumerable<(string Key, string? Value)> settings) =>
        new(Configuration(settings), "", errors);

    /// <summary>The catalog of a configuration without faults.</summary>
    public static ProfileCatalog Catalog(params IEnumerable<(string Key, string? Value)> settings)
    {
        var errors = new List<SettingError>();
        var catalog = ProfileCatalog.From(Configuration(settings), errors);
        errors.ShouldBeEmpty();
        return catalog;
    }

    /// <summary>The errors of a configuration's profiles.</summary>
    public static IReadOnlyList<SettingError> CatalogErrors(params IEnumerable<(string Key, string? Value)> settings)
    {
        var errors = new List<SettingError>();
        ProfileCatalog.From(Configuration(settings), errors);
        return errors;
    }

    public static Profile Profile(string name, params IEnumerable<(string Key, string? Value)> settings) =>
        Catalog(settings).TryGet(name, out var profile) ? profile : throw new KeyNotFoundException(name);

    public static EnvelopeBuilder Builder(NetworkPolicy? network = null) => new(Catalog(), network ?? Development);

    public static EnvelopeIntake Intake(NetworkPolicy? network = null, FakeTimeProvider? clock = null) =>
        new(Builder(network), new FakeSealer(), SecretsIn(), clock ?? new FakeTimeProvider(Now));

    public static IntakeResult Read([StringSyntax(StringSyntaxAttribute.Json)] string json) => Intake().Read(Encoding.UTF8.GetBytes(json));

    /// <summary>The credentials of an envelope that came through the intake.</summary>
    public static Credentials CredentialsOf(Envelope envelope, params IEnumerable<(string Key, string? Value)> settings) =>
        CredentialsOf(envelope.Destination, settings);

    /// <summary>The credentials of a destination; the configuration's secrets are there at once.</summary>
    public static Credentials CredentialsOf(Destination destination, params IEnumerable<(string Key, string? Value)> settings) =>
        new CredentialResolver(new FakeSealer(), SecretsIn(settings)).ResolveAsync(destination, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>The stores of a worker without a vault.</summary>
    public static SecretStores SecretsIn(params IEnumerable<(string Key, string? Value)> settings) => new(new ConfigSecretStore(Configuration(settings)));

    /// <summary>An envelope that came through the intake, with its destination in clear again.</summary>
    public static Envelope Opened(Envelope envelope) => new CredentialResolver(new FakeSealer(), SecretsIn()).Open(envelope);

    /// <summary>An envelope as the policy and the sender see it.</summary>
    public static Envelope Envelope(Profile? profile = null, DateTimeOffset? expiresAt = null) => new()
    {
        Id = "evt_1",
        Type = "thing.happened",
        Profile = profile ?? BuiltInProfiles.Standard,
        Time = "2024-03-21T15:30:45Z",
        ExpiresAt = expiresAt,
        Destination = new Destination { Url = new Uri("https://example.com/hook") },
        ContentType = "application/json",
        Body = "{}"u8.ToArray(),
    };

    /// <summary>The URL and the secret of every endpoint of <see cref="Endpoint"/>; the query may be a secret too.</summary>
    public static EndpointSecrets Secrets(string id = "wh_1") => new()
    {
        Url = new Uri($"https://{id.Replace('_', '-')}.example/hook?token=in-the-query"),
        Secret = new SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    };

    /// <summary>An endpoint as it is stored.</summary>
    public static Endpoint Endpoint(
        string id = "wh_1", string events = "*", string profile = "standard", string? tenant = null, EndpointStatus status = EndpointStatus.Active, EndpointSecrets? secrets = null)
    {
        secrets ??= Secrets(id);
        return new Endpoint
        {
            Id = id,
            DisplayUrl = Destination.DisplayOf(secrets.Url),
            Sealed = secrets.Seal(new FakeSealer()),
            Events = events.Split(','),
            Profile = profile,
            Tenant = tenant,
            Status = status,
            CreatedAt = Now,
            UpdatedAt = Now,
        };
    }

    /// <summary>An event that was accepted.</summary>
    public static WebhookEvent Event(string type = "thing.happened", [StringSyntax(StringSyntaxAttribute.Json)] string data = """{"a":1}""", string id = "evt_1", string? tenant = null) => new()
    {
        Id = id,
        Type = type,
        Tenant = tenant,
        Time = "2024-03-21T15:30:45Z",
        Data = Encoding.UTF8.GetBytes(data),
    };

    /// <summary>The message of an event, leased.</summary>
    public static FakeLease Lease(WebhookEvent webhookEvent, long sequence = 1) => new(EventProperties.Write(webhookEvent, default)) { SequenceNumber = sequence };

    public static TemplateValues Values(string id = "evt_1", string type = "thing.happened", Uri? url = null) => new()
    {
        Id = id,
        Type = type,
        Now = Now,
        Url = url ?? new Uri("https://example.com/hook"),
        Attempt = 1,
    };

    /// <summary>A file or folder beside this project's source.</summary>
    public static string PathOf(string relative, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here) ?? "", "..", relative));
}
