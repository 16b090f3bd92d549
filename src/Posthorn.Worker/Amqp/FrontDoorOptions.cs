using System.Net;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Worker.Amqp;

/// <summary>The embedded queue's front door for Azure's SDKs. Section <c>amqp</c>.</summary>
public sealed record FrontDoorOptions
{
    /// <summary>Where it listens in Development unless it is set.</summary>
    public static readonly Uri DefaultUrl = new("amqp://127.0.0.1:5672");

    /// <summary>The key of Development, unless it is set: the one in the connection string of the vendor's emulator.</summary>
    public const string DevelopmentKey = "SAS_KEY_VALUE";

    private const string AcceptedUrl = "amqp://ADDRESS:PORT, where the address is an IP address or localhost, such as amqp://127.0.0.1:5672; empty for none";
    private const int PlainPort = 5672;
    private static readonly string[] Names = ["url", "queue", "sharedAccessKeyName", "sharedAccessKey", "allowInsecure"];

    /// <summary>Where it listens; null is nowhere. Default: <c>amqp://127.0.0.1:5672</c> in Development, nowhere elsewhere.</summary>
    public Uri? Url { get; init; }

    /// <summary>Whether <see cref="Url"/> is the default: when that is taken, the worker goes on without it.</summary>
    public bool IsDefaultUrl { get; init; }

    /// <summary>The name that the queue has for the SDKs. Default: <c>batch-notifications</c>.</summary>
    public string Queue { get; init; } = "batch-notifications";

    /// <summary>The name of the key. Default: <c>RootManageSharedAccessKey</c>.</summary>
    public string SharedAccessKeyName { get; init; } = "RootManageSharedAccessKey";

    /// <summary>The key. Default in Development: <see cref="DevelopmentKey"/>; elsewhere it must be set.</summary>
    public SigningSecret? SharedAccessKey { get; init; }

    /// <summary>Whether it may listen without TLS on another address than loopback. Default: false.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Where it listens, as an address of this machine.</summary>
    public IPEndPoint? EndPoint => Url is null ? null : new IPEndPoint(AddressOf(Url), Url.Port);

    /// <summary>Reads the section <c>amqp</c>.</summary>
    /// <param name="amqp">The section.</param>
    /// <param name="isDevelopment">Whether this is the Development environment.</param>
    /// <param name="isEmbedded">Whether the queue is the embedded one.</param>
    public static FrontDoorOptions From(SettingsSection amqp, bool isDevelopment, bool isEmbedded)
    {
        ArgumentNullException.ThrowIfNull(amqp);
        amqp.AcceptOnly(Names);
        var defaults = new FrontDoorOptions();
        var isSet = amqp.Text("url") is not null;
        var options = new FrontDoorOptions
        {
            Url = isSet ? ReadUrl(amqp) : isDevelopment && isEmbedded ? DefaultUrl : null,
            IsDefaultUrl = !isSet,
            Queue = ReadQueue(amqp, defaults.Queue),
            SharedAccessKeyName = amqp.Text("sharedAccessKeyName") is { Length: > 0 } name ? name : defaults.SharedAccessKeyName,
            SharedAccessKey = amqp.Text("sharedAccessKey") is { Length: > 0 } key ? new SigningSecret(key) : isDevelopment ? new SigningSecret(DevelopmentKey) : null,
            AllowInsecure = amqp.Flag("allowInsecure", otherwise: false),
        };
        return options.Url is null ? options : Check(amqp, options, isEmbedded);
    }

    private static FrontDoorOptions Check(SettingsSection amqp, FrontDoorOptions options, bool isEmbedded)
    {
        var isLoopback = IPAddress.IsLoopback(options.EndPoint!.Address); // There is one where there is a URL.
        if (!isEmbedded) return amqp.Wrong("url", amqp.Text("url") ?? "", "nothing, as the queue is on Azure Service Bus: only queue:kind=sqlite has a front door", options);
        if (options.SharedAccessKey is null) amqp.WrongUnshown("sharedAccessKey", "is not set, and amqp:url is", "a key of your own, best as the environment variable amqp__sharedAccessKey", options);
        else if (!isLoopback && amqp.Text("sharedAccessKey") is null or "" or DevelopmentKey) amqp.WrongUnshown("sharedAccessKey", "is the one that everybody knows, and amqp:url is not on loopback", "a key of your own", options);
        if (!isLoopback && !options.AllowInsecure) amqp.Wrong("url", amqp.Text("url") ?? "", "an address on loopback, as it has no TLS; or any with amqp:allowInsecure=true", options);
        return options;
    }

    private static Uri? ReadUrl(SettingsSection amqp)
    {
        if (amqp.Text("url") is not { Length: > 0 } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url is not { Scheme: "amqp", PathAndQuery: "/" or "" }) return amqp.Wrong("url", text, AcceptedUrl, (Uri?)null);
        if (url.UserInfo.Length > 0) return amqp.Wrong("url", "a URL with a user name", AcceptedUrl, (Uri?)null);
        if (url.Host != "localhost" && !IPAddress.TryParse(url.Host.Trim('[', ']'), out _)) return amqp.Wrong("url", text, AcceptedUrl, (Uri?)null);
        return url.Port >= 0 ? url : new UriBuilder(url) { Port = PlainPort }.Uri;
    }

    /// <summary>As Azure has names: letters, digits, and between them periods, hyphens, underscores and slashes.</summary>
    private static string ReadQueue(SettingsSection amqp, string otherwise)
    {
        if (amqp.Text("queue") is not { } name) return otherwise;
        var isName = name.Length is > 0 and <= 260 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '/');
        return isName ? name : amqp.Wrong("queue", name, "1 to 260 letters, digits, '.', '-', '_' and '/', beginning and ending with a letter or digit", otherwise);
    }

    private static IPAddress AddressOf(Uri url) => IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address : IPAddress.Loopback;
}
