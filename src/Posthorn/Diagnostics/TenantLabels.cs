using System.Collections.Concurrent;

namespace Posthorn.Diagnostics;

/// <summary>Tenants as labels of metrics: the first few get their own, the others share one, so that what is stored of them stays bounded.</summary>
/// <param name="most">How many get their own; 0 tells no tenant at all.</param>
public sealed class TenantLabels(int most)
{
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>The label of a tenant; null when none is to be told.</summary>
    public string? Of(string? tenant)
    {
        if (most == 0) return null;
        if (tenant is null) return "none";
        if (_known.ContainsKey(tenant)) return tenant;
        lock (_known) return _known.Count < most && _known.TryAdd(tenant, true) || _known.ContainsKey(tenant) ? tenant : "other";
    }
}
