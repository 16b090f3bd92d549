using System.Reflection;
using System.Text;
using Posthorn.Diagnostics;
using Posthorn.Stores;
using Posthorn.Worker.Amqp;
using Posthorn.Worker.Sealing;

namespace Posthorn.Worker.Composition;

/// <summary>What a worker says of itself when it is up; every choice that opens something is among it.</summary>
internal static class Banner
{
    public static string Of(WorkerSettings settings, OpenQueue open, IStores stores, bool hasKeys, bool speaksAmqp)
    {
        var version = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3);
        var text = new StringBuilder()
            .AppendLine($"Posthorn {version} is up")
            .AppendLine($"  API          {settings.Api.Url.GetLeftPart(UriPartial.Authority)}{KeysNote(settings, hasKeys)}")
            .AppendLine($"  Queue        {open.Name}{(settings.Delivery.Enabled ? "" : " (delivery:enabled is false: nothing is delivered by this process)")}")
            .AppendLine($"  Store        {stores.Name}{(settings.History.IsEnabled ? "" : " (history:enabled is false: no delivery log)")}")
            .AppendLine($"  Sealed with  {SealingNote(settings)}")
            .AppendLine($"  Environment  {settings.Environment}");
        if (speaksAmqp) text.AppendLine($"  AMQP         {string.Join(", ", settings.Amqp.Urls.Select(url => url.GetLeftPart(UriPartial.Authority)))}, the queue's name is {settings.Amqp.Queue}{AmqpNote(settings.Amqp)}");
        if (settings.KeyVault.Url is { } vault) text.AppendLine($"  Key Vault    {vault.Authority}");
        foreach (var choice in OpenChoices(settings)) text.AppendLine($"  Open         {choice}");
        return text.ToString().TrimEnd();
    }

    private static string KeysNote(WorkerSettings settings, bool hasKeys) =>
        settings.IsDevelopment ? " (no key needed from this machine)"
        : !hasKeys ? " (no API keys: every call is refused until 'posthorn keys add')"
        : "";

    private static string AmqpNote(FrontDoorOptions amqp) => amqp.SharedAccessKey?.Reveal() == FrontDoorOptions.DevelopmentKey ? $" (SharedAccessKey={FrontDoorOptions.DevelopmentKey})" : "";

    /// <summary>A ring on this machine is of no use to another that takes from the same queue.</summary>
    private static string SealingNote(WorkerSettings settings) =>
        settings.Sealing.IsShared ? settings.Sealing.ToString()
        : settings.Queue.IsShared ? $"WARNING: a key ring on this machine alone ({Path.GetFullPath(settings.Queue.LocalPath)}.keys): no other replica can open it, and nothing can once the disk is gone. Set {SealingOptions.KeySetting}"
        : $"{settings.Sealing} ({Path.GetFullPath(settings.Queue.LocalPath)}.keys)";

    private static IEnumerable<string> OpenChoices(WorkerSettings settings)
    {
        if (FailPoint.AnyArmed) yield return $"to be killed: fail points are armed ({FailPoint.Variable})";
        if (settings.Amqp.IsInsecure) yield return "AMQP without TLS beyond this machine: keys' signatures and mail can be read on the way (amqp:allowInsecure)";
        var network = settings.Network;
        if (network.AllowHttp) yield return "destinations over plain http" + (settings.IsDevelopment ? " (Development)" : " (network:allowHttp)");
        if (network.AllowPrivateNetworks) yield return "destinations on private networks and loopback (network:allowPrivateNetworks)";
        else if (network.AllowLoopback) yield return "destinations on loopback (Development)";
        if (network.AllowedHosts.Count > 0) yield return $"these hosts, whatever their address: {string.Join(", ", network.AllowedHosts)} (network:allowedHosts)";
        if (network.Proxy is { } proxy) yield return $"everything leaves through the proxy {proxy.Authority}, which resolves names itself (network:proxy)";
    }
}
