using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>Schemas that lead back to themselves without going deeper into the data: to judge by them would never end.</summary>
internal static class SchemaCycles
{
    /// <summary>Notes each schema that stands in a circle. What can be taken away from both ends of a chain stands in none.</summary>
    public static void Note(IReadOnlyCollection<SchemaNode> nodes, ICollection<EnvelopeError> errors)
    {
        var leading = nodes.ToDictionary(node => node, node => node.OfSameValue.Distinct().ToList());
        var circular = Peel(Reversed(Peel(leading)));
        foreach (var node in circular.Keys)
            errors.Add(new EnvelopeError(node.Place.Path, "leads back to itself without going deeper into the data, so checking would never end"));
    }

    /// <summary>Takes away, again and again, what leads nowhere.</summary>
    private static Dictionary<SchemaNode, List<SchemaNode>> Peel(Dictionary<SchemaNode, List<SchemaNode>> leading)
    {
        var open = leading.ToDictionary(each => each.Key, each => each.Value.Count);
        var back = Reversed(leading);
        var ends = new Queue<SchemaNode>(open.Where(each => each.Value == 0).Select(each => each.Key));
        while (ends.TryDequeue(out var end))
        {
            open.Remove(end);
            foreach (var node in back[end])
                if (--open[node] == 0) ends.Enqueue(node);
        }

        return leading.Where(each => open.ContainsKey(each.Key)).ToDictionary(each => each.Key, each => each.Value.FindAll(open.ContainsKey));
    }

    private static Dictionary<SchemaNode, List<SchemaNode>> Reversed(Dictionary<SchemaNode, List<SchemaNode>> leading)
    {
        var back = leading.Keys.ToDictionary(node => node, _ => new List<SchemaNode>());
        foreach (var (node, targets) in leading)
            foreach (var target in targets) back[target].Add(node);
        return back;
    }
}
