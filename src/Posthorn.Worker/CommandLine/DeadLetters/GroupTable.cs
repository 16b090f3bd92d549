using System.Globalization;
using Posthorn.DeadLetters;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>Groups of dead letters as a table.</summary>
internal static class GroupTable
{
    private static readonly IReadOnlyList<(GroupDimensions Dimension, string Column, Func<DeadLetterGroup, string?> Cell)> Columns =
    [
        (GroupDimensions.Reason, "REASON", group => group.Reason),
        (GroupDimensions.Status | GroupDimensions.Error, "LAST", group => group.Status?.ToString(CultureInfo.InvariantCulture) ?? group.Error ?? "-"),
        (GroupDimensions.Destination | GroupDimensions.Url, "DESTINATION", group => group.Destination ?? "-"),
        (GroupDimensions.Endpoint, "ENDPOINT", group => group.EndpointId ?? "-"),
        (GroupDimensions.Profile, "PROFILE", group => group.Profile ?? "-"),
        (GroupDimensions.Type, "TYPE", group => group.Type ?? "-"),
        (GroupDimensions.Tenant, "TENANT", group => group.Tenant ?? "-"),
    ];

    /// <summary>The table; a column for each thing they are grouped by.</summary>
    public static Table Of(IReadOnlyList<DeadLetterGroup> groups, GroupDimensions by, int most)
    {
        var shown = Columns.Where(column => (column.Dimension & by) != GroupDimensions.None).ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("COUNT").RightAligned());
        foreach (var (_, column, _) in shown) table.AddColumn(column);
        table.AddColumn("OLDEST (UTC)").AddColumn("NEWEST (UTC)");
        foreach (var group in groups.Take(most))
        {
            var count = group.Count.ToString("N0", CultureInfo.InvariantCulture);
            table.AddRow([Terminal.Cell(count), .. shown.Select(column => Terminal.Cell(column.Cell(group))), Terminal.Cell(Terminal.Time(group.Oldest)), Terminal.Cell(Terminal.Time(group.Newest))]);
        }

        return table;
    }

    /// <summary>The same by fewer things.</summary>
    public static IReadOnlyList<DeadLetterGroup> Coarser(IReadOnlyList<DeadLetterGroup> groups, GroupDimensions by) =>
        [.. groups.GroupBy(group => Reduced(group, by)).Select(alike => alike.Key with
        {
            Count = alike.Sum(group => group.Count),
            Oldest = alike.Min(group => group.Oldest),
            Newest = alike.Max(group => group.Newest),
        }).OrderByDescending(group => group.Count).ThenBy(group => group.Oldest)];

    private static DeadLetterGroup Reduced(DeadLetterGroup group, GroupDimensions by)
    {
        return new DeadLetterGroup
        {
            Reason = Has(GroupDimensions.Reason) ? group.Reason : null,
            Status = Has(GroupDimensions.Status) ? group.Status : null,
            Error = Has(GroupDimensions.Error) ? group.Error : null,
            Destination = Has(GroupDimensions.Destination | GroupDimensions.Url) ? group.Destination : null,
            Profile = Has(GroupDimensions.Profile) ? group.Profile : null,
            Type = Has(GroupDimensions.Type) ? group.Type : null,
            Tenant = Has(GroupDimensions.Tenant) ? group.Tenant : null,
            EndpointId = Has(GroupDimensions.Endpoint) ? group.EndpointId : null,
            Count = 0,
            Oldest = default,
            Newest = default,
        };

        bool Has(GroupDimensions dimension) => (by & dimension) != GroupDimensions.None;
    }
}
