using Microsoft.Extensions.Configuration;
using Posthorn.Endpoints;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Client.Direct;

/// <summary>What direct mode may reach, how long it tries, and whom events go to.</summary>
public sealed class PosthornDirectOptions
{
    private const int MostRetries = 20;
    private const string ReachableUrl = $"a URL that {nameof(AllowHttp)}, {nameof(AllowLoopback)} and {nameof(AllowPrivateNetworks)} let through";
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>Whether plain http is allowed. Default: false.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Whether loopback is allowed. Default: false.</summary>
    public bool AllowLoopback { get; set; }

    /// <summary>Whether private networks and loopback are allowed; metadata services and the like are not even then. Default: false.</summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>How often a notification is tried again, 0 to 20; never more often than its profile says. Default: 3.</summary>
    public int MaxRetries { get; set; } = 3;

    /// <summary>
    /// The longest wait between two attempts, up to 10 minutes: the caller waits with it, so the profile's longer waits, and a
    /// receiver's <c>Retry-After</c>, are cut to this. Default: 5 s.
    /// </summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whom events go to. Default: nobody.</summary>
    public IList<DirectEndpoint> Endpoints { get; } = [];

    /// <summary>
    /// Where <c>secrets:NAME</c> and <c>profiles:NAME</c> stand, as in a worker's <c>host.json</c>. Default: the application's
    /// configuration when registered as a service, else an empty one.
    /// </summary>
    public IConfiguration? Configuration { get; set; }

    /// <summary>What makes them usable.</summary>
    internal static OptionRules<PosthornDirectOptions> Rules { get; } = new(options => options.Problems());

    /// <summary>The configuration, empty when there is none.</summary>
    internal IConfiguration Settings => Configuration ?? new ConfigurationBuilder().Build();

    /// <summary>Which destinations may be reached.</summary>
    internal NetworkPolicy Network => new() { AllowHttp = AllowHttp, AllowLoopback = AllowLoopback, AllowPrivateNetworks = AllowPrivateNetworks };

    private List<SettingError> Problems()
    {
        var problems = new List<SettingError>();
        if (MaxRetries is < 0 or > MostRetries)
            problems.Add(new SettingError(Key(nameof(MaxRetries)), $"'{MaxRetries}' is not accepted", $"0 to {MostRetries}"));
        if (MaxWait < TimeSpan.Zero || MaxWait > LongestWait)
            problems.Add(new SettingError(Key(nameof(MaxWait)), $"'{MaxWait:c}' is not accepted", $"0 to {LongestWait:c}"));
        var profiles = ProfileCatalog.From(Settings, problems);
        foreach (var (index, endpoint) in Endpoints.Index()) AddProblems($"{nameof(Endpoints)}[{index}]", endpoint, profiles, problems);
        return problems;
    }

    private void AddProblems(string place, DirectEndpoint endpoint, ProfileCatalog profiles, List<SettingError> problems)
    {
        if (Network.Judge(endpoint.Url.OriginalString, out _) is { } refusal)
            problems.Add(new SettingError(Key($"{place}.{nameof(endpoint.Url)}"), refusal.Detail, ReachableUrl));
        foreach (var pattern in endpoint.Events.Where(pattern => !EventPattern.IsPattern(pattern)))
            problems.Add(new SettingError(Key($"{place}.{nameof(endpoint.Events)}"), $"'{pattern}' is not accepted", "exact types, prefix.* or *"));
        if (endpoint is { Secret: not null, SecretRef: not null })
            problems.Add(new SettingError(Key($"{place}.{nameof(endpoint.SecretRef)}"), "stands beside Secret", "one of them"));
        if (endpoint.SecretRef is { } reference && !(SecretReference.TryParse(reference, out var parsed) && parsed.Store == SecretReference.ConfigStore))
            problems.Add(new SettingError(Key($"{place}.{nameof(endpoint.SecretRef)}"), "is not a reference of direct mode (it is not shown)", "config:NAME, where the configuration has secrets:NAME"));
        if (!profiles.TryGet(endpoint.Profile ?? BuiltInProfiles.DefaultName, out var profile))
            problems.Add(new SettingError(Key($"{place}.{nameof(endpoint.Profile)}"), $"'{endpoint.Profile}' is not accepted", profiles.Names));
        else if (endpoint is { Profile: not null, Secret: { } secret } && SecretForms.ProblemOf(secret, profile) is { } problem)
            problems.Add(new SettingError(Key($"{place}.{nameof(endpoint.Secret)}"), problem, "a secret of that profile's form"));
    }

    private static string Key(string name) => $"{nameof(PosthornDirectOptions)}.{name}";
}
