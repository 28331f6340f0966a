using System.Globalization;
using System.Text;
using TurkishLlm.Monitoring.Diagnosis;
using static TurkishLlm.Tests.Unit.Monitoring.SyntheticRun;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Diagnoses a curve for ascending values of one of its parameters.</summary>
internal sealed record DiagnosisSweep(
    string Name, double From, double To, int Count, Func<double, SyntheticRun> Create, double Noise = 0.01)
{
    private const string Start = "warm_start: { checkpoint: runs/one }\n",
        FineTuning = Start + "sft: { sources: { a: { path: a.jsonl } } }\n",
        Dpo = Start + "preference: { files: [a.jsonl], dpo: {} }\n";

    /// <summary>Curves that diverge, jump or recover.</summary>
    public static IReadOnlyList<SyntheticRun> Diverging { get; } =
    [
        new("slow", t => LearningCurve(Math.Min(t, 300)) + Math.Max(0, t - 300) * 0.004),
        new("exponential", t => 5 * Math.Exp(Math.Max(0, t - 200) / 150)),
        new("recovering", t => LearningCurve(t) + 4 * Math.Exp(-Math.Pow((t - 400) / 60, 2))),
        new("recovering slowly", t => LearningCurve(t) + (t < 300 ? 0 : 6 * Math.Exp(-(t - 300) / 130))),
        new("at once", t => t == 0 ? 7.6 : 91.6 + 200 * Math.Exp(-t / 200)) { Steps = 400 },
        new("below the untrained loss", t => t < 3 ? 2 : 4.5 + 0.3 * Math.Exp(-t / 50)) { Steps = 200, Sections = FineTuning },
        new("a step up", t => t < 500 ? 2.6 : 3.3),
        new("few steps", t => 2 + Math.Max(0, t - 18) * 0.12) { Steps = 60 },
        new("many steps", t => 2 + Math.Max(0, t - 4000) * 0.002) { Steps = 6000 },
        new("many noisy steps", t => t % 2 + 2 + Math.Max(0, t - 1500) * 0.004) { Steps = 3000 },
    ];

    public static IReadOnlyList<DiagnosisSweep> All { get; } =
    [
        new("height of a spike", 0.02, 0.6, 59, h => new("", t => 2.5 + 1 / (1 + t / 40) + (t is >= 600 and < 603 ? h : 0))),
        new("height of a spike, little noise", 0.02, 0.2, 61, h => new("", t => 2.5 + (t is >= 600 and < 603 ? h : 0)), 0.001),
        new("length of a spike", 1, 70, 70, n => new("", t => 2.5 + 1 / (1 + t / 40) + (t >= 500 && t < 500 + n ? 2 : 0))),
        new("length of a spike in few steps", 1, 12, 12, n => new("", t => 2.5 + (t >= 40 && t < 40 + n ? 2 : 0)) { Steps = 70 }),
        new("first step of a spike", 20, 50, 31, n => new("", t => 2.5 + 1 / (1 + t / 40) + (t >= n && t < n + 3 ? 3 : 0))),
        new("first step of a spike near the end", 985, 1000, 16, n => new("", t => 2.5 + (t >= n && t < n + 6 ? 3 : 0))),
        new("number of spikes", 0, 7, 8, n => new("", t => 2.5 + (t % 120 == 60 && t < 120 * n ? 3 : 0))),

        new("rise of a last measurement", 0.005, 0.06, 56, r => Fine(0.66, 0.6, 0.6 * (1 + r))),
        new("rises in a row", 0.005, 0.06, 56, r => Fine(0.6, 0.6 * (1 + r / 2), 0.6 * (1 + r))),
        new("mean of two rises", 0.005, 0.06, 56, r => Fine(0.66, 0.6, 0.6 * (1 + 1.2 * r), 0.6 * (1 + 0.8 * r))),
        new("rise of five measurements", 0.001, 0.03, 59, r => Fine(0.9, 0.72, 0.63, 0.6, 0.6 * (1 + r), 0.6 * (1 + r))),
        new("rise of the last of five measurements", 0.01, 0.2, 39, r => Fine(0.9, 0.72, 0.63, 0.6, 0.6 * (1 + r))),
        new("rise over the initial weights", 0.005, 0.06, 23, r => Fine(0.6 * (1 + r)) with { Before = 0.6 }),
        new(
            "fall of the training loss while the validation loss rises", 0, 0.06, 31,
            f => Fine(0.66, 0.6, 0.64) with { Loss = t => 0.4 - f * t / 50, Epochs = 4.25 }),
        new(
            "rise of the loss on running text", 0.05, 0.4, 36,
            r => Fine(0.66, 0.63, 0.6) with { TextLoss = (2.5, 2.5 * (1 + r)), Epochs = 3 }),

        new(
            "distance of the validation loss", 0.05, 0.8, 51,
            d => new("", t => 2.5 - t * 2e-4, t => 2.55 - t * (2e-4 - d / 2500))),
        new(
            "distance of two flat losses", 0, 0.25, 26,
            d => new("", t => 3 + Math.Exp(-t / 30), t => 3 + d + Math.Exp(-t / 30)) { TokensPerStep = 30_000 }),
        new(
            "tokens of a step", 1000, 21_000, 41,
            n => new("", t => 3 + Math.Exp(-t / 30), t => 3.01 + Math.Exp(-t / 30)) { TokensPerStep = (long)n }),
        new("fall of a loss in a doubling", 0, 0.12, 61, f => new("", t => 3 - f * Math.Log2((t + 1) / 1000)), 0.005),
        new("loss near that of an untrained model", 5.6, 7.2, 33, l => new("", t => l + 0.4 * Math.Exp(-t / 20))),
        new(
            "loss near that of an untrained model, falling", 5.6, 7.2, 33,
            l => new("", t => l + Math.Max(0, (7.5 - l) * (1 - (t + 1) / 1000)), t => l + 0.1)),
        new(
            "change of a loss that does not fall", 0, 0.12, 61,
            f => new("", t => 2.5 - f * t / 1000, t => 2.6) { Overrides = ["warm_start.checkpoint=runs/one"] }, 0.002),
        new(
            "loss that leaves nothing to learn", 0.05, 0.15, 21,
            l => new("", _ => l, _ => l) { Overrides = ["warm_start.checkpoint=runs/one"] }, 0.0005),
        new(
            "noise of the validation loss", 0.001, 0.05, 50,
            n => new("", t => LearningCurve(t), t => LearningCurve(t) + 0.1) { ValidationNoise = n }),
        new(
            "number of noisy validation losses", 3, 12, 10,
            n => new("", t => LearningCurve(t), t => 2.9) { ValidationNoise = 0.5, ValidationCount = (int)n }),

        new("share of the steps", 0.3, 1, 36, s => new("", t => LearningCurve(t)) { PlannedSteps = (int)(1000 / s) }),
        new(
            "share of the steps, a flat loss", 0.3, 1, 36,
            s => new("", _ => 2.5) { PlannedSteps = (int)(1000 / s), Overrides = ["warm_start.checkpoint=runs/one"] }),
        new(
            "length of the warm-up", 50, 900, 35, w => new("", t => 3 + Math.Exp(-t / 30)) { Overrides = [Warmup(w)] }),
        new(
            "length of the warm-up, a steep loss", 50, 900, 35,
            w => new("", t => 7.62 - 3.4 * t / 1000) { Overrides = [Warmup(w)] }),
        new("number of steps", 3, 80, 78, n => new("", t => LearningCurve(t)) { Steps = (int)n, ValidationCount = 3 }),
        new("number of steps with a low rate", 150, 260, 23, n => new("", t => 7.62 - 0.5 * t / n) { Steps = (int)n }),

        new("height of a hump", 0.1, 1.2, 56, h => new("", t => LearningCurve(t) + h * Math.Exp(-Math.Pow((t - 300) / 120, 2)))),
        new(
            "learning rate at a hump", 100, 950, 35,
            at => new("", t => 3 + 3 * Math.Exp(-t / 40) + 0.8 * Math.Exp(-Math.Pow((t - at) / 60, 2)))),
        new(
            "rise of a second round", 0.1, 1.6, 51,
            h => new("", t => 3 + h * Math.Exp(-t / 400) * (1 - Math.Exp(-t / 50))) { Sections = Start }),
        new(
            "jump of a second round", 0.1, 1.6, 51,
            h => new("", t => 2.5 + h * Math.Exp(-t / 400) - h * Math.Exp(-t / 4)) { Sections = Start }),
        new(
            "jump of fine-tuning", 0.1, 1.6, 51,
            h => new("", t => 2.2 + h * Math.Exp(-t / 400) - h * Math.Exp(-t / 4)) { Sections = FineTuning }),
        new(
            "fall as the rate decays", 0.1, 2, 39,
            f => new("", t => 5.2 + f * (1 + Math.Cos(Math.PI * t / 1000)) / 2 + (2.4 - f) * Math.Exp(-t / 10))),
        new(
            "fall at once before a slow one", 0.1, 1.6, 31,
            f => new("", t => 5.6 + 1.2 * (1 + Math.Cos(Math.PI * t / 1000)) / 2 + f * Math.Exp(-t / 10))),
        new("fall of fine-tuning", 0.02, 0.3, 57, f => new("", t => 2.5 - f * t / 1000) { Sections = FineTuning }, 0.002),
        new(
            "bend of a slow fine-tuning", 0.05, 1, 39,
            p => new("", t => 2.5 - 0.1 * Math.Pow(t / 1000, p)) { Sections = FineTuning }, 0.001),
        new("loss of a slow preference training", 0.2, 0.4, 41,
            l => new("", t => l - 0.01 * t / 1000) { Sections = Dpo }, 0.0005),
        new("steepness at the end", 1.5, 4.5, 31, f => new("", t => 7.62 - f * Math.Pow(t / 1000, 1.2))),

        new("loss at the end of a run that rose at once", 0.8, 1.8, 51, f => new("", t => t == 0 ? 7 : 7 * f), 0.05),
        new("loss above that of an untrained model", 1, 1.4, 41, f => new("", t => t == 0 ? 8.5 : 8.5 * f), 0.05),
        new("loss above that of an untrained model, much noise", 1.4, 2.4, 51, f => new("", t => t == 0 ? 5 : 5 * f), 1),
        new("loss at the end of few steps", 0.8, 2, 61, f => new("", t => t < 4 ? 2 : 2 * f) { Steps = 12 }),
        new("loss at the end of very few steps", 0.8, 2, 61, f => new("", t => t < 1 ? 2 : 2 * f) { Steps = 5 }),
        new(
            "loss before a last one that is high", 1, 1.4, 41,
            f => new("", t => t switch { 4 => 12, 3 => 2 * f, _ => 2 }) { Steps = 5 }),
        new("rise at the end", 0, 0.6, 61, r => new("", t => 2.5 + 1 / (1 + t / 20) + (t >= 900 ? r : 0))),
        new("rise in the last steps", 0, 1.2, 61, r => new("", t => 2.5 + 1 / (1 + t / 20) + (t >= 960 ? r : 0))),
        new("validations of a run", 0, 8, 9, n => new("", t => LearningCurve(t), t => LearningCurve(t) + 0.1)
        {
            ValidationCount = Math.Max(1, (int)n),
        }),
        new("steps read twice", 0.8, 1.2, 21, s => new("", t => LearningCurve(t)) { TrainingTokens = (long)(1_024_000 * s) }),
    ];

    /// <summary>Returns each range of values with the same findings, and what they say at its first value.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        var (first, before, what, previous) = (From, "", "", From);
        for (var i = 0; i <= Count; i++)
        {
            var value = From + (To - From) * i / Math.Max(1, Count - 1);
            var findings = i == Count ? [] : CurveDiagnosis.Diagnose(Create(value).Curves(Noise, seed: 5));
            var found = string.Join(", ", findings.Select(finding => $"{finding.Rule} ({finding.Severity})"));
            if (i == 0 || found != before)
            {
                if (i > 0) text.Append(CultureInfo.InvariantCulture, $"{first:0.####} … {previous:0.####}: {before}\n{what}\n");
                (first, before) = (value, found);
                what = string.Concat(findings.Select(one => $"  {one.Observation} {one.Suggestion}".TrimEnd() + "\n"));
            }
            previous = value;
        }
        return text.ToString();
    }

    private static string Warmup(double steps) =>
        string.Create(CultureInfo.InvariantCulture, $"optimizer.warmup_steps={(int)steps}");

    // Fine-tuning with these validation losses.
    private static SyntheticRun Fine(params double[] losses) => new(
        "", t => 0.2 + 0.5 / (1 + t / 30), t => losses[(int)Math.Round((t + 1) * losses.Length / 150) - 1])
    {
        Steps = 150, ValidationCount = losses.Length, ValidationNoise = 0, Sections = FineTuning,
    };
}
