using FluentAssertions;
using TurkishLlm.Monitoring.Diagnosis;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Diagnoses curves of the kinds that users of other programs reported, with noise of a tenth of the loss.</summary>
public sealed class ReportedCurvesTests
{
    private const string Start = "warm_start: { checkpoint: runs/one }\n",
        FineTuning = Start + "sft: { sources: { a: { path: a.jsonl } } }\n",
        Lora = Start + "lora: { rank: 4, alpha: 8 }\nsft: { sources: { a: { path: a.jsonl } } }\n",
        Dpo = Start + "preference: { files: [a.jsonl], dpo: {} }\n";

    public static TheoryData<string, string> Cases() => new()
    {
        { "fine for fourteen epochs, then exploded", "diverging" },
        { "falls for 20,000 steps, then rises and oscillates", "diverging" },
        { "half a nat to 11 within fifteen steps", "diverging" },
        { "beyond any number that fits a line", "diverging" },
        { "half a nat to 13 while the rate warms up, then falls", "learning rate too high" },
        { "validation lowest at the end of the first epoch", "overfitting" },
        { "small data and rank 1, validation rises from the start", "overfitting" },
        { "preferences that change nothing", "underfitting" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Is_diagnosed(string name, string rule)
    {
        foreach (var seed in Enumerable.Range(1, 20))
            Diagnose(name, seed).Where(found => found.Severity == CurveFindingSeverity.Warning).Select(found => found.Rule)
                .Should().Contain(rule, "{0}, seed {1}", name, seed);
    }

    [Fact]
    public void Single_batches_of_six_times_the_loss_are_spikes_and_no_divergence()
    {
        foreach (var seed in Enumerable.Range(1, 20))
            Diagnose("single bad batches", seed).Select(found => found.Rule)
                .Should().Contain("spike").And.NotContain("diverging");
    }

    [Fact]
    public void A_loss_without_bounds_is_written_with_an_exponent() =>
        Diagnose("beyond any number that fits a line", 1)[0].Observation.Should().MatchRegex(@"and is \d\.\de\+\d\d now, ");

    private static IReadOnlyList<CurveFinding> Diagnose(string name, int seed)
    {
        var run = name switch
        {
            "fine for fourteen epochs, then exploded" => new SyntheticRun(
                name, t => t < 1400 ? 1.8 + 6 / (1 + t / 60) : 10.1, t => t < 1400 ? 1.8 + 6 / (1 + t / 60) : 10.1)
                { Steps = 1500, ValidationCount = 15 },
            "falls for 20,000 steps, then rises and oscillates" => new SyntheticRun(
                name, t => t < 500 ? 0.8 + 1.2 * Math.Exp(-t / 100) : 0.8 + 5.4 * (1 - Math.Exp(-(t - 500) / 80)))
                { Sections = Lora },
            "half a nat to 11 within fifteen steps" => new SyntheticRun(name, t => t < 12 ? 0.48 : 2 + 3 * (t - 12))
                { Steps = 16, PlannedSteps = 4679, Sections = FineTuning },
            "beyond any number that fits a line" => new SyntheticRun(
                name, t => t < 437 ? 0.06 : 5.4e19 * Math.Pow(8, Math.Min(30, t - 437))) { Steps = 470, Sections = FineTuning },
            "half a nat to 13 while the rate warms up, then falls" => new SyntheticRun(
                name, t => t < 10 ? 0.53 : 0.45 + 12.5 * Math.Exp(-Math.Abs(t - 100) / 60), t => 0.5 + 6 * Math.Exp(-t / 60))
                { Sections = FineTuning, ValidationCount = 4 },
            "validation lowest at the end of the first epoch" => new SyntheticRun(
                name, t => 0.4 + 1.2 / (1 + t / 100), t => 1.2 + Math.Abs(t - 300) * 0.0004)
                { Steps = 900, ValidationCount = 9, Sections = FineTuning },
            "small data and rank 1, validation rises from the start" => new SyntheticRun(
                name, t => 0.2 + 2 * Math.Exp(-t / 120), t => 1.8 + 0.002 * t)
                { Steps = 600, ValidationCount = 3, Sections = Lora, Before = 2.1 },
            "preferences that change nothing" => new SyntheticRun(name, _ => 0.6931, _ => 0.6931)
                { Sections = Dpo, Steps = 200, ValidationCount = 4, ValidationNoise = 0 },
            "single bad batches" => new SyntheticRun(name, t => t % 181 == 120 ? 4.3 : 0.7, t => 0.7)
                { Sections = Lora },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such curve."),
        };
        var lines = run.Lines(0, seed);
        var random = new Random(seed);
        var noise = name == "preferences that change nothing" ? 0 : 0.1;
        return CurveDiagnosis.Diagnose(new LossCurves(
            run.Plan, [.. lines.Select(line => line with { Loss = line.Loss * (1 + noise * (2 * random.NextDouble() - 1)) })]));
    }
}
