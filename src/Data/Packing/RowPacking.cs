using System.Globalization;

namespace TurkishLlm.Data.Packing;

/// <summary>Packs examples into rows of one length, so that a batch has little padding.</summary>
/// <remarks>
/// Best-fit decreasing: the longest examples come first, and each goes into the row where it leaves the least room. Every example
/// is in exactly one row, whole. The model separates the examples of a row (see <see cref="PackedRow"/>), so packing affects only
/// the speed. Spec: SFT-18. Source: Ding et al. 2024, "Fewer Truncations Improve Language Modeling", arXiv:2404.10830, section 3.
/// </remarks>
public static class RowPacking
{
    /// <param name="lengths">Number of positions of each example.</param>
    /// <param name="capacity">Number of positions of a row.</param>
    /// <returns>The rows, each as the indices of its examples in order.</returns>
    /// <exception cref="ArgumentException">An example is longer than a row.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> PackBestFit(IReadOnlyList<int> lengths, int capacity)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        var rows = new List<List<int>>();
        var withRoom = new Stack<int>[capacity + 1];
        for (var room = 0; room <= capacity; room++) withRoom[room] = [];
        // stable sort: equal lengths keep their order
        foreach (var example in Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i]))
        {
            var length = lengths[example];
            if (length > capacity)
                throw new ArgumentException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"Example {example} has {length} positions, but a row has {capacity}."),
                    nameof(lengths));
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
