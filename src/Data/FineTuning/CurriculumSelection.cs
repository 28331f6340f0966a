namespace TurkishLlm.Data.FineTuning;

/// <summary>Ranks rows by loss: which are excluded, and in which band the others are.</summary>
/// <remarks>Rows with equal losses are ranked by key, so the order of files does not matter. Spec: SFT-61.</remarks>
internal static class CurriculumSelection
{
    /// <summary>The value of a row that is excluded.</summary>
    public const int Excluded = -1;

    /// <summary>Returns the band of each row, from 0 for the lowest losses, or <see cref="Excluded"/>.</summary>
    /// <param name="curriculum">The fractions to exclude and the number of bands.</param>
    /// <param name="rows">Key and location of each row.</param>
    /// <exception cref="InvalidDataException">A row has no loss.</exception>
    public static int[] Select(Curriculum curriculum, IReadOnlyList<(string Key, string Location)> rows)
    {
        var losses = RowScore.Read(curriculum.Scores);
        var order = Enumerable.Range(0, rows.Count)
            .OrderBy(i => Find(losses, rows[i], curriculum.Scores))
            .ThenBy(i => rows[i].Key, StringComparer.Ordinal)
            .ToArray();
        var (first, end) = (
            (int)Math.Round(curriculum.SkipEasiest * rows.Count, MidpointRounding.AwayFromZero),
            rows.Count - (int)Math.Round(curriculum.SkipHardest * rows.Count, MidpointRounding.AwayFromZero));
        var bands = new int[rows.Count];
        Array.Fill(bands, Excluded);
        for (var rank = first; rank < end; rank++)
            bands[order[rank]] = (int)((long)(rank - first) * curriculum.Bands / (end - first));
        return bands;
    }

    private static double Find(IReadOnlyDictionary<string, double?> losses, (string Key, string Location) row, string file) =>
        losses.TryGetValue(row.Key, out var loss) && loss is { } known ? known : throw new InvalidDataException(
            $"{row.Location} has no loss in {file}: the row is new or has changed. Score the files again: turkishllm data score");
}
