using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>Saving and loading: LOOP-08.</summary>
public static class ResumeRequirements
{
    /// <summary>A run that stops and resumes.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_08_Resume = new()
    {
        Id = "LOOP-08",
        Statement = "Stopping after any step and resuming with a new loop gives the losses and weights of the uninterrupted run.",
        Source = "BUG-CKP-04, BUG-CKP-08, BUG-CKP-14, BUG-OPT-07, BUG-OPT-11, BUG-NUM-03",
        CanonicalCases =
        [
            new("1|1", "15|15", "5 5|1", "1|15", "16", "3|3 3"), new("9 2", "16|1|1", "4 4", "1|12", "7 1|2"),
        ],
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var options = LoopOptions.For(at) with
            {
                PeakRate = 1e-2, Steps = c.Steps.Count, Warmup = 2, WeightDecay = 0.1, MaxNorm = 0.5, Dropout = 0.1,
            };
            var steps = c.Draw(subject.Facts, at);
            using var folder = new TemporaryFolder();
            var whole = LoopRun.Of(subject, options, steps, (loop, made) => loop.Save(GetFolder(folder, made)));
            return Verdict.All(Enumerable.Range(1, steps.Count - 1).Select(made =>
            {
                using var loop = subject.Create(options with { Seed = options.Seed + 1000 + made });
                loop.Load(GetFolder(folder, made));
                var resumed = LoopRun.Continue(loop, at.Device, steps.Skip(made));
                return resumed
                    .SameAs(
                        whole.From(made), at, () => LoopRun.Of(subject, options, steps).From(made),
                        $"resumed after step {made}")
                    .Describe(() => LoopTraces.OfResuming(subject, options, steps, made, at));
            }));
        },
        Impostors = new()
        {
            ["moments are lost"] = (_, _) => Loads((loop, _) => Clear(loop.State.Means.Values.Concat(loop.State.Squares.Values))),
            ["second moments are lost"] = (_, _) => Loads((loop, _) => Clear(loop.State.Squares.Values)),
            ["a moment is lost"] = (_, _) => Loads((loop, _) => Clear([loop.State.Means["final_norm"]])),
            ["bias correction starts again"] = (_, _) => Loads((loop, _) => loop.State.Updates = 0),
            ["the schedule starts again"] = (_, _) => Loads((loop, _) => loop.State.Step = 0),
            ["the generator is lost"] = (_, _) => Loads((loop, seed) => loop.State.Seed = seed),
            ["the position of the generator is lost"] = (_, _) => Loads((loop, _) => loop.State.Draws = 0),
            ["weights are stored in bfloat16"] = (_, _) => Loads((loop, _) =>
            {
                using var grad = no_grad();
                foreach (var weight in loop.Parameters.Values) weight.copy_(weight.to(bfloat16));
            }),
            ["a weight is not stored"] = (_, _) => Loads((loop, _) => Clear([loop.Parameters["up_bias"]])),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_08_Resume.For((_, _) => subject)];

    private static LoopSubject Loads(Action<ReferenceLoop, long> after) => With(new() { AfterLoad = after });

    private static void Clear(IEnumerable<Tensor> tensors)
    {
        using var grad = no_grad();
        foreach (var tensor in tensors) tensor.zero_();
    }

    private static string GetFolder(TemporaryFolder folder, int made) =>
        Directory.CreateDirectory(Path.Combine(folder.Path, $"{made}")).FullName;
}
