using Microsoft.Extensions.Configuration.Json;
using Posthorn.Delivery;
using Posthorn.Endpoints;
using Posthorn.History;
using Posthorn.KeyVault;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Worker.Amqp;
using Posthorn.Worker.Api;
using Posthorn.Worker.Sealing;
using Posthorn.Worker.Telemetry;

namespace Posthorn.Worker.Composition;

/// <summary>Everything the configuration says, read once and judged whole.</summary>
public sealed record WorkerSettings
{
    private const string HostFileName = "host.json";
    private static readonly string[] Sections = ["queue", "ordering", "store", "history", "endpoints", "delivery", "network", "api", "amqp", "keyVault", "sealing", "secrets", "profiles", "telemetry", "logging"];

    /// <summary>The environment's name: <c>Development</c>, or anything else.</summary>
    public required string Environment { get; init; }

    /// <summary>Where the values came from: secrets are looked up here.</summary>
    public required IConfiguration Configuration { get; init; }

    /// <summary>Section <c>queue</c>.</summary>
    public required IQueueKind Queue { get; init; }

    /// <summary>Section <c>store</c>.</summary>
    public required StoreOptions Store { get; init; }

    /// <summary>Section <c>history</c>.</summary>
    public required HistoryOptions History { get; init; }

    /// <summary>Section <c>endpoints</c>.</summary>
    public required EndpointOptions Endpoints { get; init; }

    /// <summary>Section <c>delivery</c>.</summary>
    public required DeliveryOptions Delivery { get; init; }

    /// <summary>Section <c>network</c>.</summary>
    public required NetworkPolicy Network { get; init; }

    /// <summary>Section <c>api</c>.</summary>
    public required ApiOptions Api { get; init; }

    /// <summary>Section <c>amqp</c>.</summary>
    public required FrontDoorOptions Amqp { get; init; }

    /// <summary>Section <c>keyVault</c>.</summary>
    public required KeyVaultOptions KeyVault { get; init; }

    /// <summary>Section <c>sealing</c>.</summary>
    public required SealingOptions Sealing { get; init; }

    /// <summary>Section <c>profiles</c>, on top of the built-in ones.</summary>
    public required ProfileCatalog Profiles { get; init; }

    /// <summary>Section <c>telemetry</c>.</summary>
    public required TelemetryOptions Telemetry { get; init; }

    /// <summary>Section <c>logging</c>.</summary>
    public required LoggingOptions Logging { get; init; }

    /// <summary><c>LOG_LEVEL</c>: the least level that is logged. Default: Information.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>Whether this is the Development environment.</summary>
    public bool IsDevelopment => Environment.Equals("Development", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads host.json, the environment variables and the command line's settings.</summary>
    /// <exception cref="SettingsException">Something cannot be used; all of it is named.</exception>
    public static WorkerSettings Load(IReadOnlyDictionary<string, string?> commandLine, string? environment)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        environment ??= System.Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? System.Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? "Production";
        var errors = new List<SettingError>();
        var configuration = ReadSources(commandLine, errors);
        var isDevelopment = environment.Equals("Development", StringComparison.OrdinalIgnoreCase);
        var root = new SettingsSection(configuration, "", errors);
        CheckSecrets(configuration.GetSection("secrets"), errors);
        var queue = QueueKinds.Read(root.Child("queue"), OrderingOptions.From(root.Child("ordering")), System.Environment.GetEnvironmentVariable);
        var profiles = ProfileCatalog.From(configuration, errors);
        var keyVault = KeyVaultOptions.From(root.Child("keyVault"));
        var settings = new WorkerSettings
        {
            Environment = environment,
            Configuration = configuration,
            Queue = queue,
            Store = StoreOptions.From(root.Child("store"), queue.LocalPath),
            History = HistoryOptions.From(root.Child("history")),
            Endpoints = EndpointOptions.From(root.Child("endpoints"), profiles),
            Delivery = DeliveryOptions.From(root.Child("delivery")),
            Network = NetworkPolicy.From(root.Child("network"), isDevelopment),
            Api = ApiOptions.From(root.Child("api")),
            Amqp = FrontDoorOptions.From(root.Child("amqp"), isDevelopment, queue is SqliteQueueKind),
            KeyVault = keyVault,
            Sealing = SealingOptions.From(root.Child("sealing"), keyVault),
            Profiles = profiles,
            Telemetry = TelemetryOptions.From(root.Child("telemetry")),
            Logging = LoggingOptions.From(root.Child("logging")),
            LogLevel = LogLevels.Read(root),
        };
        return errors.Count == 0 ? settings : throw new SettingsException([.. errors.Distinct()]);
    }

    private static IConfigurationRoot ReadSources(IReadOnlyDictionary<string, string?> commandLine, List<SettingError> errors)
    {
        try
        {
            if (Directory.Exists(HostFile())) throw new SettingsException(HostFile(), "is a folder", "a JSON file");
            var configuration = new ConfigurationBuilder()
                .AddJsonFile(HostFile(), optional: true, reloadOnChange: false)
                .AddEnvironmentVariables()
                .AddInMemoryCollection(commandLine)
                .Build();
            var named = configuration.Providers.OfType<JsonConfigurationProvider>().SelectMany(file => file.GetChildKeys([], parentPath: null))
                .Concat(commandLine.Keys.Select(key => key.Split(':')[0]));
            foreach (var name in named.Distinct().Where(name => !Sections.Contains(name, StringComparer.OrdinalIgnoreCase)))
                errors.Add(new SettingError(name, "there is no such section", string.Join(", ", Sections)));
            return configuration;
        }
        catch (Exception broken) when (broken is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(HostFile(), $"{(broken is InvalidDataException or FormatException ? "is not JSON" : "cannot be read")}: {(broken.InnerException ?? broken).Message.ReplaceLineEndings(" ")}", "a JSON file, with comments if need be");
        }
    }

    /// <summary>The working directory's host.json, else the one beside the executable.</summary>
    private static string HostFile()
    {
        var here = Path.Combine(Directory.GetCurrentDirectory(), HostFileName);
        return Path.Exists(here) ? here : Path.Combine(AppContext.BaseDirectory, HostFileName);
    }

    /// <summary>A secret is a text, or a list of texts; what stands there is never shown.</summary>
    private static void CheckSecrets(IConfigurationSection secrets, List<SettingError> errors)
    {
        if (secrets.Value is { Length: > 0 }) errors.Add(new SettingError(secrets.Path, "is a single value", "an object of settings"));
        foreach (var secret in secrets.GetChildren())
        {
            var values = secret.GetChildren().Select(child => child.Value).DefaultIfEmpty(secret.Value);
            if (values.Any(string.IsNullOrEmpty)) errors.Add(new SettingError(secret.Path, "is empty, or not a text", "a text, or a list of texts with the newest first"));
        }
    }
}
