using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Posthorn.Settings;

namespace Posthorn.Profiles;

/// <summary>The profiles of this worker: the built-in ones and the configuration's, each resolved to the whole of what it extends.</summary>
public sealed class ProfileCatalog
{
    private readonly Dictionary<string, Profile> _profiles;

    private ProfileCatalog(Dictionary<string, Profile> profiles) => _profiles = profiles;

    /// <summary>All profiles, by name.</summary>
    public IEnumerable<Profile> All => _profiles.Values.OrderBy(profile => profile.Name, StringComparer.Ordinal);

    /// <summary>The names, for an error's text.</summary>
    public string Names => string.Join(", ", All.Select(profile => profile.Name));

    /// <summary>Finds a profile by its exact name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Profile? profile) => _profiles.TryGetValue(name, out profile);

    /// <summary>The profile of this name; the standard one under this name when an endpoint still names what the configuration has no more.</summary>
    public Profile GetOrStandard(string name) => TryGet(name, out var profile) ? profile : BuiltInProfiles.Standard with { Name = name };

    /// <summary>The one profile whose family has all of these event types, a built-in one before one that extends it; null when there is none, or several.</summary>
    public Profile? FamilyOf(IReadOnlyCollection<string> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        if (types.Count == 0) return null;
        var families = All.Where(profile => types.All(type => profile.Events.Contains(type, StringComparer.Ordinal))).ToList();
        return families.Find(profile => BuiltInProfiles.All.Any(each => each.Name == profile.Name)) ?? (families is [var only] ? only : null);
    }

    /// <summary>The catalog of a configuration's <c>profiles</c> section; what is wrong is added to <paramref name="errors"/>.</summary>
    public static ProfileCatalog From(IConfiguration configuration, ICollection<SettingError> errors)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var resolution = new Resolution(new SettingsSection(configuration, "", errors), errors);
        return new ProfileCatalog(resolution.All());
    }

    /// <summary>Resolves names to profiles, each once, however they extend each other.</summary>
    private sealed class Resolution(SettingsSection root, ICollection<SettingError> errors)
    {
        private const int MaxName = 100;
        private readonly SettingsSection _section = root.Child("profiles");
        private readonly Dictionary<string, Profile> _resolved = new(StringComparer.Ordinal);
        private readonly HashSet<string> _underWay = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Profile> _builtIn =
            BuiltInProfiles.All.Select(profile => ProfileReader.WithWebhookVariables(profile, root)).ToDictionary(profile => profile.Name, StringComparer.Ordinal);

        public Dictionary<string, Profile> All()
        {
            foreach (var name in _section.Names.Where(name => name.Length is 0 or > MaxName || name.Any(char.IsControl)))
                errors.Add(new SettingError("profiles", $"the name '{name.ReplaceLineEndings(" ")}' is not accepted", $"1 to {MaxName} characters"));
            foreach (var name in _builtIn.Keys.Union(_section.Names, StringComparer.Ordinal)) Resolve(name);
            return _resolved;
        }

        private Profile Resolve(string name)
        {
            if (_resolved.TryGetValue(name, out var known)) return known;
            var configured = _section.Names.Contains(name, StringComparer.Ordinal);
            return _resolved[name] = configured ? Read(name) : _builtIn[name];
        }

        private Profile Read(string name)
        {
            var section = _section.Child(name);
            var itself = _builtIn.GetValueOrDefault(name);
            var extends = section.Text("extends") ?? itself?.Name ?? BuiltInProfiles.DefaultName;

            _underWay.Add(name);
            var parent = extends == name ? itself : Parent(extends);
            _underWay.Remove(name);
            if (parent is null)
            {
                var accepted = string.Join(", ", _builtIn.Keys.Union(_section.Names, StringComparer.Ordinal).Where(each => each != name));
                errors.Add(new SettingError($"{section.Path}:extends", $"'{extends}' is no profile, or extends this one", accepted));
            }

            return ProfileReader.Read(name, section, parent ?? BuiltInProfiles.Standard);
        }

        private Profile? Parent(string name) =>
            _underWay.Contains(name) || !(_builtIn.ContainsKey(name) || _section.Names.Contains(name, StringComparer.Ordinal)) ? null : Resolve(name);
    }
}
