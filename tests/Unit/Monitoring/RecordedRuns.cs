using System.Globalization;
using TurkishLlm.Monitoring;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Run folders with fixed, varied content: no two numbers of a step are equal.</summary>
internal static class RecordedRuns
{
    private const string FineTuning =
        "warm_start: { checkpoint: runs/base, step: 3 }\nlora: { rank: 6, alpha: 12, dropout: 0.15 }\n"
            + "sft: { sources: { stok: { path: stok.jsonl }, iade: { path: iade.jsonl, weight: 1.5 } }, text_share: 0.25 }\n";

    private const string Preference =
        "warm_start: { checkpoint: runs/sft }\npreference: { files: [a.jsonl], dpo: { beta: 0.2 } }\n";

    /// <summary>Pretraining on three machines, with a rollback, a loss that is not finite, events, samples and a gate.</summary>
    public static RunFolder Pretraining(string path, params string[] overrides)
    {
        var run = RunFolderWriter.Write(
            path,
            Enumerable.Range(1, 150).Concat(Enumerable.Range(121, 210)).Select((n, i) => PretrainingStep(n, i >= 150)),
            ["training.steps=420", "training.accumulation_steps=3", "evaluation.every=30", .. overrides]);
        Directory.CreateDirectory(run.CheckpointFolder(270));
        Write(run, Machine(0), Machine(200) with { Device = "cuda:0", Name = "", HourlyRate = 12.75, Blas = "SkylakeX" },
            Machine(330) with { HourlyRate = 99 });
        File.WriteAllLines(run.EventsFile, Events(330));
        WriteSamples(run, from step in Enumerable.Range(1, 11)
                          from prompt in (string[])["Kablo", "Işık <b>"]
                          where (step, prompt) != (2, "Kablo")
                          select new TextSample(
                              step * 30, prompt, step == 11 ? $"{step} <i>iade</i>" : $"{prompt} & sayı {step * 7}"));
        run.WriteGate(Gate(failures: 0, passes: 13));
        return run;
    }

    /// <summary>Fine-tuning of an adapter over epochs, with forgetting and a closed gate.</summary>
    public static RunFolder FineTuned(string path)
    {
        var run = RunFolderWriter.WriteWithSections(
            path, FineTuning, Enumerable.Range(4, 26).Select(FineTuningStep), "training.epochs=4.5", "training.steps=30");
        Write(run, Machine(3) with { Peak = null, HourlyRate = null });
        WriteSamples(run, [new(9, "Soru:", "Soru: nerede?"), new(27, "Soru:", "Soru: İzmir'de.")]);
        run.WriteGate(Gate(failures: 12, passes: 2));
        return run;
    }

    /// <summary>Preference training with metrics of pairs.</summary>
    public static RunFolder Preferences(string path) => RunFolderWriter.WriteWithSections(
        path, Preference, Enumerable.Range(1, 17).Select(PreferenceStep), "training.steps=40");

    /// <summary>A run of given length and pace, for comparisons.</summary>
    public static RunRecord Compared(string path, int steps, double pace, params string[] overrides) => RunRecord.Read(
        RunFolderWriter.Write(path, Enumerable.Range(1, steps).Select(n => ComparedStep(n, pace)), overrides));

    private static StepMetrics PretrainingStep(int n, bool isRepeated)
    {
        var loss = 2.5 + 3.7 / Math.Sqrt(1 + n / 25.0) + 0.08 * Math.Sin(1.7 * n) + (isRepeated ? 0 : 0.3);
        var isMeasured = n % 30 == 0;
        var seconds = n * 1.25 + 0.3 * Math.Sin(n);
        return new(
            n, n == 77 ? double.NaN : loss, 1e-3 * Math.Min(1, n / 20.0) * (1.05 - n / 420.0), 0.7 + 0.4 * Math.Cos(n),
            n * 768, 550 + 3 * (n % 23), seconds, (700 + n / 7) << 20,
            isMeasured ? loss + 0.15 + 0.001 * Math.Abs(n - 270) : null, isMeasured ? 0.3 * loss + 0.01 : null,
            seconds * 1.5 + 11);
    }

    private static StepMetrics FineTuningStep(int n)
    {
        var t = n - 3;
        return new(
            n, 1.1 + 0.9 / t + 0.01 * (t % 4), 2e-4 * (1.1 - t / 30.0), 0.4 + 0.03 * (t % 7), t * 2048, 900 + 5 * t, t * 0.75,
            (300 + t) << 20, t % 6 == 0 ? 1.6 + 0.02 * Math.Abs(t - 12) : null, null, t * 0.75 + 2 + t / 6,
            t % 6 == 0 ? 3.1 + 0.05 * t : null, 40 + t % 5, t / 6.0,
            t == 1 ? new(2.75, 2.9, null, null) : null);
    }

    private static StepMetrics PreferenceStep(int n)
    {
        var loss = 0.693 - 0.017 * n;
        return new(
            n, loss, 5e-6 * (1.2 - n / 17.0), 2.5 + 0.1 * (n % 3), n * 512, 400 + n, n * 2.5, (210 + n) << 20,
            n % 8 == 0 ? loss + 0.045 : null, null, n * 3.125, null, 4 + n % 2, n / 9.0, null,
            new(0.03 * n, -0.02 * n, 0.05 * n, 0.5 + 0.02 * n, -31 - 0.25 * n, -37 - 0.75 * n),
            n % 8 == 0 ? new(0.025 * n, -0.015 * n, 0.04 * n, 0.48 + 0.015 * n, -32 - n, -38 - n) : null);
    }

    private static StepMetrics ComparedStep(int n, double pace) => new(
        n, 6 - 0.04 * n * pace + 0.02 * (n % 3), 1e-3 / n, 1 + 0.1 * n, n * 256, 1000 + n, n * 0.5, n << 20,
        pace < 2 && n % 8 == 0 ? 6.1 - 0.04 * n * pace : null, pace < 1.5 && n % 8 == 0 ? 2.3 - 0.01 * n * pace : null,
        n * (1.5 + pace));

    private static Hardware Machine(long afterStep) => new(
        afterStep, "cpu", "İşlemci <8>", 16, 8, 48L << 30, "Linux 6.1", ".NET 10.0.1", "2.7.1", "",
        new(1.9e11, "measured: product of 1024 × 1024 in float32"), 7.2, "₺");

    private static void Write(RunFolder run, params Hardware[] machines)
    {
        foreach (var machine in machines) machine.AppendTo(run);
    }

    private static void WriteSamples(RunFolder run, IEnumerable<TextSample> samples)
    {
        using var log = SampleLog.Open(run.SamplesFile, 0);
        foreach (var sample in samples) log.Append(sample);
    }

    // One event of each kind; all but the last two are within the steps.
    private static IEnumerable<string> Events(int lastStep) => Enum.GetNames<EventKind>().Index().Select(kind =>
    {
        var (name, action) = (ToSnakeCase(kind.Item), ToSnakeCase(Enum.GetNames<EventAction>()[kind.Index % 5]));
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"step":{{kind.Index * lastStep / 7 + 1}},"kind":"{{name}}","action":"{{action}}","message":"Olay {{kind.Index}} <&>.","values":{},"timestamp":"2026-11-2{{kind.Index}}T14:03:0{{kind.Index}}+00:00"}""");
    });

    private static string ToSnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? $"{(i > 0 ? "_" : "")}{char.ToLowerInvariant(c)}" : $"{c}"));

    private static string Gate(int failures, int passes)
    {
        var margins = Enumerable.Range(1, failures + passes).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"id":"P{{i:D2}}","statement":"İfade {{i}}.","holds":{{(i > failures ? "true" : "false")}},"evidence":"e = {{i}}e-{{i % 7}}","margin":{{(i > failures ? 0.93 / (i * i * i - 7) : 1.03 * i)}}}"""));
        return $$"""
            {"device":"cpu","number_type":"float32","tokenizer":"ab12","seed":1337,"plan":null,"versions":{"x":1},
            "verdicts":[{"id":"P01","holds":true,"margin":0.005,"cases":[]},{"cases":[{"id":"Q1","holds":true},{{string.Join(",\n", margins)}}]}]}
            """;
    }
}
