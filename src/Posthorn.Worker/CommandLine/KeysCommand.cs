using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Posthorn.Access;
using Posthorn.Settings;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Composition;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn keys</c>: who may call the API, and what each may do. A running worker knows of a change within a second.</summary>
internal static class KeysCommand
{
    private const int MaxName = 100;
    private const string AcceptedRoles = "publish, manage, operate, read, all";

    private static readonly Argument<string> Name = new("NAME") { Description = "Whose key it is" };

    private static readonly Argument<string> Which = new("NAME|ID") { Description = "The key's name or id" };

    private static readonly Option<string[]> RoleNames = new("--role")
    {
        Description = $"What its holder may do: {AcceptedRoles}; several with commas, or the option again",
        HelpName = "ROLE",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Tenant = new("--tenant") { Description = "The tenant that scopes everything its holder sees and does", HelpName = "TENANT" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line" };

    public static Command Create(CommandContext context)
    {
        var add = new Command("add", "Make a key; it is shown this once") { Name, RoleNames, Tenant, Json };
        add.SetAction((parsed, cancellation) => AddAsync(context.Settings(parsed), parsed, cancellation));
        var list = new Command("list", "List the keys, revoked ones among them") { Json };
        list.SetAction((parsed, cancellation) => ListAsync(context.Settings(parsed), parsed.GetValue(Json), cancellation));
        var revoke = new Command("revoke", "Revoke a key; workers refuse it within a second") { Which, Json };
        revoke.SetAction((parsed, cancellation) => RevokeAsync(context.Settings(parsed), parsed, cancellation));
        return new Command("keys", "Who may call the API, and what each may do") { add, list, revoke };
    }

    private static async Task<int> AddAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (name, tenant) = (parsed.GetValue(Name) ?? "", parsed.GetValue(Tenant));
        if (name.Length is 0 or > MaxName || name.Any(char.IsControl)) throw new SettingsException("NAME", $"'{name.ReplaceLineEndings(" ")}' is not accepted", $"1 to {MaxName} characters");
        if (tenant is not null && (tenant.Length is 0 or > 256 || tenant == "*" || tenant.Any(char.IsControl))) throw new SettingsException("--tenant", $"'{tenant.ReplaceLineEndings(" ")}' is not accepted", "1 to 256 characters, and not *");
        var roles = ReadRoles(parsed.GetValue(RoleNames) ?? []);
        var (key, kept) = ApiKeyMaker.Make(name, roles, tenant, TimeProvider.System.GetUtcNow());
        await using var stores = await OpenStores.OpenPreparedAsync(settings, cancellationToken);
        if (!await stores.Keys.AddAsync(kept, cancellationToken))
        {
            Terminal.Error($"there is a key '{name}' already; revoke it first, or choose another name");
            return ExitCode.FailedInPart;
        }

        if (parsed.GetValue(Json)) Terminal.Json(KeyLine.Of(kept) with { Key = key }, KeyJson.Default.KeyLine);
        else Terminal.Line(key);
        Audit($"added {kept.Id} '{name}' with {string.Join(", ", Names.Of(roles))}{(tenant is null ? "" : $" for the tenant {tenant}")}; the key is not shown again");
        return ExitCode.Done;
    }

    private static async Task<int> ListAsync(WorkerSettings settings, bool json, CancellationToken cancellationToken)
    {
        await using var stores = await OpenStores.OpenPreparedAsync(settings, cancellationToken);
        var keys = await stores.Keys.ListAsync(cancellationToken);
        if (json)
        {
            foreach (var key in keys) Terminal.Json(KeyLine.Of(key), KeyJson.Default.KeyLine);
            return ExitCode.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("ID", "NAME", "ROLES", "TENANT", "MADE (UTC)", "REVOKED (UTC)");
        foreach (var key in keys)
            table.AddRow(Terminal.Cell(key.Id), Terminal.Cell(key.Name), Terminal.Cell(string.Join(", ", Names.Of(key.Roles))), Terminal.Cell(key.Tenant), Terminal.Cell(Shown(key.CreatedAt)), Terminal.Cell(Shown(key.RevokedAt)));
        Terminal.Write(table);
        Terminal.Line(keys.Count == 0 ? "There are no keys. 'posthorn keys add NAME --role ROLE' makes one." : $"{keys.Count(key => key.RevokedAt is null)} good, {keys.Count(key => key.RevokedAt is not null)} revoked.");
        return ExitCode.Done;
    }

    private static async Task<int> RevokeAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var which = parsed.GetValue(Which) ?? "";
        await using var stores = await OpenStores.OpenPreparedAsync(settings, cancellationToken);
        if (await stores.Keys.RevokeAsync(which, TimeProvider.System.GetUtcNow(), cancellationToken) is not { } key)
        {
            Terminal.Error($"there is no key '{which}' that could be revoked");
            return ExitCode.FailedInPart;
        }

        if (parsed.GetValue(Json)) Terminal.Json(KeyLine.Of(key), KeyJson.Default.KeyLine);
        Audit($"revoked {key.Id} '{key.Name}'");
        return ExitCode.Done;
    }

    private static Roles ReadRoles(IEnumerable<string> texts)
    {
        var roles = Roles.None;
        foreach (var text in texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            if (Names.Parse<Roles>(text) is not { } role || role == Roles.None) throw new SettingsException("--role", $"'{text}' is no role", AcceptedRoles);
            roles |= role;
        }

        return roles == Roles.None ? throw new SettingsException("--role", "has no value", AcceptedRoles) : roles;
    }

    /// <summary>Who did what, beside the result.</summary>
    private static void Audit(string what) => Console.Error.WriteLine($"audit: {Environment.UserName}@{Environment.MachineName}: {what}");

    private static string? Shown(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}

/// <summary>A key for scripts.</summary>
internal sealed record KeyLine(string Id, string Name, IReadOnlyList<string> Roles, string? Tenant, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt)
{
    /// <summary>The key itself, when it has just been made.</summary>
    public string? Key { get; init; }

    public override string ToString() => Id;

    public static KeyLine Of(ApiKey key) => new(key.Id, key.Name, Names.Of(key.Roles), key.Tenant, key.CreatedAt, key.RevokedAt);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeyLine))]
internal sealed partial class KeyJson : JsonSerializerContext;
