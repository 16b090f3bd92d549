namespace Posthorn.Worker.Amqp;

/// <summary>
/// An address as the SDKs write it, taken apart: a path, or a URL with it, in any case, of a queue or of its dead letters, and of the
/// node beside either that answers requests.
/// </summary>
/// <param name="Path">The whole path in lower case, without slashes around it: what claims are made on.</param>
/// <param name="Queue">The queue's name in it.</param>
/// <param name="IsDeadLetters">Whether its dead letters are meant.</param>
/// <param name="IsManagement">Whether the node is meant that answers requests.</param>
internal readonly record struct EntityAddress(string Path, string Queue, bool IsDeadLetters, bool IsManagement)
{
    private const string Claims = "$cbs";
    private const string Management = "/$management";
    private const string DeadLetters = "/$deadletterqueue";

    /// <summary>Whether it is the node that claims are put on.</summary>
    public bool IsClaims => Path == Claims;

    /// <summary>Reads an address; one that is null is that of no entity.</summary>
    public static EntityAddress Of(string? text)
    {
        var path = PathOf(text ?? "");
        var entity = WithoutEnd(path, Management);
        var queue = WithoutEnd(entity, DeadLetters);
        return new EntityAddress(path, queue, queue.Length < entity.Length, entity.Length < path.Length);
    }

    /// <summary>The path of an address or of a resource's URL.</summary>
    public static string PathOf(string text)
    {
        var authority = text.IndexOf("://", StringComparison.Ordinal);
        var path = authority < 0 ? text : text.IndexOf('/', authority + 3) is var slash and >= 0 ? text[slash..] : "";
        return path.Trim('/').ToLowerInvariant();
    }

    private static string WithoutEnd(string path, string end) => path.EndsWith(end, StringComparison.Ordinal) ? path[..^end.Length] : path;
}
