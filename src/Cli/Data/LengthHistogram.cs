using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Cli.Data;

/// <summary>Renders how many examples have which length.</summary>
internal static class LengthHistogram
{
    private const int MostBins = 16;

    /// <summary>Renders the histogram.</summary>
    /// <param name="noun">What is counted, in the plural.</param>
    /// <param name="lengths">Lengths in tokens.</param>
    public static Html Render(string noun, IReadOnlyCollection<int> lengths) => Render(noun, Count(lengths));

    /// <summary>Renders counted lengths.</summary>
    public static Html Render(string noun, IEnumerable<(long First, long Last, long Count)> bins)
    {
        (long First, long Last, long Count)[] all = [.. bins];
        var sum = all.Sum(bin => bin.Count);
        return HtmlTable.Render(
            ["tokens", noun, "share"],
            all.Select(bin => (IReadOnlyList<string>)
            [
                bin.First == bin.Last ? Format.Count(bin.First) : $"{Format.Count(bin.First)} … {Format.Count(bin.Last)}",
                Format.Count(bin.Count), Format.Percent((double)bin.Count / sum),
            ]),
            [.. all.Select(bin => bin.Count)]);
    }

    /// <summary>Counts lengths in equal bins of a round width, from the shortest to the longest.</summary>
    public static IReadOnlyList<(long First, long Last, long Count)> Count(IReadOnlyCollection<int> lengths)
    {
        if (lengths.Count == 0) return [];
        var (least, most) = (lengths.Min(), lengths.Max());
        var width = GetWidth((most - least + MostBins) / MostBins);
        var first = (least - 1) / width;
        var counts = lengths.CountBy(length => (length - 1) / width).ToDictionary();
        return
        [
            .. Enumerable.Range(first, (most - 1) / width - first + 1)
                .Select(bin => (1L + (long)bin * width, (bin + 1L) * width, (long)counts.GetValueOrDefault(bin))),
        ];
    }

    // 1, 2, 5, 10, 20, 50 …
    private static int GetWidth(int least)
    {
        for (var power = 1; ; power *= 10)
            foreach (var digit in (int[])[1, 2, 5])
                if (power * digit >= least) return power * digit;
    }
}
