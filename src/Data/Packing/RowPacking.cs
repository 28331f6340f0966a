using System.Globalization;

namespace TurkishLlm.Data.Packing;

/// <summary>Puts examples together into rows of one length, so that little of a batch is padding.</summary>
/// <remarks>
/// Best fit, longest first: an example goes where it leaves the least room. Each is in exactly one row, whole. The model keeps
/// the examples of a row apart (see <see cref="PackedRow"/>), so which ones share a row changes nothing but the speed.
/// Spec: SFT-18. Source: Ding et al. 2024, "Fewer Truncations Improve Language Modeling", arXiv:2404.10830, section 3.
/// </remarks>
public static class RowPacking
{
    /// <param name="lengths">Places of each example.</param>
    /// <param name="capacity">Places of a row.</param>
    /// <returns>The rows: numbers of examples, in the order in which they stand in the row.</returns>
    /// <exception cref="ArgumentException">An example is longer than a row.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> PackBestFit(IReadOnlyList<int> lengths, int capacity)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        var rows = new List<List<int>>();
        var withRoom = new Stack<int>[capacity + 1];
        for (var room = 0; room <= capacity; room++) withRoom[room] = [];
        foreach (var example in Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i]))       // stable: equal lengths keep their order
        {
            var length = lengths[example];
            if (length > capacity) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Example {example} has {length} places, but a row has {capacity}."), nameof(lengths));
            var room = length;
            while (room <= capacity && withRoom[room].Count == 0) room++;
            var row = room <= capacity ? withRoom[room].Pop() : rows.Count;
            if (row == rows.Count)
            {
                rows.Add([]);
                room = capacity;
            }
            rows[row].Add(example);
            withRoom[room - length].Push(row);
        }
        return rows;
    }
}
