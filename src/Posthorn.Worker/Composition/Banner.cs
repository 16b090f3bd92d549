using System.Reflection;
using System.Text;
using Posthorn.Diagnostics;
using Posthorn.Stores;

namespace Posthorn.Worker.Composition;

/// <summary>What a worker says of itself when it is up; every choice that opens something is among it.</summary>
internal static class Banner
{
    public static string Of(WorkerSettings settings, OpenQueue open, IStores stores, bool hasKeys)
    {
        var version = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3);
        var text = new StringBuilder()
            .AppendLine($"Posthorn {version} is up")
            .AppendLine($"  API          {settings.Api.Url.GetLeftPart(UriPartial.Authority)}{KeysNote(settings, hasKeys)}")
            .AppendLine($"  Queue        {open.Queue.Path}")
            .AppendLine($"  Store        {stores.Name}{(settings.History.IsEnabled ? "" : " (history:enabled is false: no delivery log)")}")
            .AppendLine($"  Environment  {settings.Environment}");
        foreach (var choice in OpenChoices(settings)) text.AppendLine($"  Open         {choice}");
        return text.ToString().TrimEnd();
    }

    private static string KeysNote(WorkerSettings settings, bool hasKeys) =>
        settings.IsDevelopment ? " (no key needed from this machine)"
        : !hasKeys ? " (no API keys: every call is refused until 'posthorn keys add')"
        : "";

    private static IEnumerable<string> OpenChoices(WorkerSettings settings)
    {
        if (FailPoint.AnyArmed) yield return $"to be killed: fail points are armed ({FailPoint.Variable})";
        var network = settings.Network;
        if (network.AllowHttp) yield return "destinations over plain http" + (settings.IsDevelopment ? " (Development)" : " (network:allowHttp)");
        if (network.AllowPrivateNetworks) yield return "destinations on private networks and loopback (network:allowPrivateNetworks)";
        else if (network.AllowLoopback) yield return "destinations on loopback (Development)";
        if (network.AllowedHosts.Count > 0) yield return $"these hosts, whatever their address: {string.Join(", ", network.AllowedHosts)} (network:allowedHosts)";
        if (network.Proxy is { } proxy) yield return $"everything leaves through the proxy {proxy.Authority}, which resolves names itself (network:proxy)";
    }
}
