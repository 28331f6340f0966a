using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Spec.Training;

/// <summary>The versions of a log of metrics, and the steps that each of them has.</summary>
/// <param name="Versions">Contents of the file; null while it does not exist.</param>
/// <param name="Expected">The steps of each version.</param>
/// <param name="Torn">The step that the second version has half written.</param>
/// <param name="Repeated">The lines that the last version appends.</param>
internal sealed record TailedLog(
    IReadOnlyList<byte[]?> Versions, IReadOnlyList<IReadOnlyList<StepMetrics>> Expected, StepMetrics Torn,
    IReadOnlyList<StepMetrics> Repeated)
{
    public long TornStep => Torn.Step;

    /// <summary>The second version with half of a line as a step.</summary>
    public IReadOnlyList<StepMetrics> WithTornLine() => [.. Expected[1], Torn with { ValidationLoss = null, Seconds = 0 }];

    public static TailedLog Create(TailedLogCase c, Conditions at)
    {
        var values = new Random((int)at.Seed + c.Grown);
        StepMetrics[] first = Lines(1, c.Steps), resumed = Lines(c.ResumedAfter + 1, c.Grown);
        StepMetrics[] cut = [.. first.Take(c.ResumedAfter), .. resumed], repeated = Lines(c.RepeatedFrom, c.Grown + 1);
        var whole = ToBytes(first);
        var torn = whole[..(EndOf(whole, c.TornBytes < 0 ? c.TornAfter + 1 : c.TornAfter) + c.TornBytes)];
        return new(
            [null, torn, whole, ToBytes(cut), [.. ToBytes(cut), .. ToBytes(repeated)]],
            [[], first[..c.TornAfter], first, cut, [.. cut.Where(line => line.Step < c.RepeatedFrom), .. repeated]],
            first[c.TornAfter], repeated);

        StepMetrics[] Lines(int begin, int last) =>
        [
            .. Enumerable.Range(begin, last - begin + 1).Select(step => new StepMetrics(
                step, 9 * values.NextDouble(), 1e-3, values.NextDouble(), step * 4096L, 1e5 * values.NextDouble(),
                step + values.NextDouble(), 1 << 30, ValidationLoss: 9 * values.NextDouble())),
        ];
    }

    // As the trainer writes them.
    private static byte[] ToBytes(IReadOnlyList<StepMetrics> lines)
    {
        var file = Path.GetTempFileName();
        try
        {
            using (var log = MetricsLog.Open(file, afterStep: 0))
                foreach (var line in lines) log.Append(line);
            return File.ReadAllBytes(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static int EndOf(byte[] text, int lines)
    {
        var end = 0;
        for (var i = 0; i < lines; i++) end += text.AsSpan(end).IndexOf((byte)'\n') + 1;
        return end;
    }
}
