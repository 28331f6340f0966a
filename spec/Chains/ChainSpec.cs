namespace TurkishLlm.Spec.Chains;

/// <summary>Runs the copy steps of a folder, and returns the steps of which the command was run.</summary>
/// <param name="folder">The folder.</param>
/// <param name="options">The option of each step.</param>
/// <param name="killed">Step in which the process is killed; null for none.</param>
public delegate IReadOnlyList<string> RunChain(string folder, IReadOnlyDictionary<string, int> options, string? killed);

/// <summary>Chains of steps: what runs, and what is skipped.</summary>
public static class ChainSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [CHN01_UpToDate, ChainOutputSpec.CHN02_Outputs];

    /// <summary>CHN-01.</summary>
    public static readonly Requirement<ChainCase, RunChain> CHN01_UpToDate = new()
    {
        Id = "CHN-01",
        Statement = "A step of a chain runs if and only if its options, or the content of an input or output, differ from those "
            + "of its last complete run; after a run without a kill, all outputs are those of a run in an empty folder.",
        Source = "Mokhov, Mitchell, Peyton Jones 2018: Build systems à la carte (minimal and correct rebuilds); "
            + "iterative/dvc: dvc repro with dvc.lock",
        CanonicalCases =
        [
            // Each case has a change that times hide, an option, an inner change, damage, and a kill with half of an output.
            new(
                new ChainEvent.Run(), new ChainEvent.Run(), new ChainEvent.Touch("text.src"), new ChainEvent.Run(),
                new ChainEvent.Change("text.src"), new ChainEvent.Run(), new ChainEvent.Option("model"),
                new ChainEvent.Run("model"), new ChainEvent.Run(), new ChainEvent.Change("rows.txt"), new ChainEvent.Run()),
            new(
                new ChainEvent.Run("words"), new ChainEvent.Run("rows"), new ChainEvent.Run("tuned"), new ChainEvent.Run(),
                new ChainEvent.Touch("pages.src"), new ChainEvent.Run(), new ChainEvent.Option("words"),
                new ChainEvent.Run(), new ChainEvent.Change("pages.src"), new ChainEvent.Option("words"),
                new ChainEvent.Run(), new ChainEvent.Change("tuned.txt"), new ChainEvent.Run()),
            new(
                new ChainEvent.Run("model"), new ChainEvent.Change("text.src"), new ChainEvent.Run(),
                new ChainEvent.Delete("words.txt"), new ChainEvent.Run(), new ChainEvent.Touch("words.txt"), new ChainEvent.Run(),
                new ChainEvent.Option("tuned"), new ChainEvent.Run(), new ChainEvent.Option("rows"), new ChainEvent.Run(),
                new ChainEvent.Change("model.txt"), new ChainEvent.Change("pages.src"), new ChainEvent.Run()),
        ],
        Subject = (_, _) => SubjectChain.Run,
        Holds = (run, c, _) =>
        {
            using var folder = new ChainFolder();
            List<Verdict> verdicts = [];
            foreach (var what in c.Events)
            {
                if (what is not ChainEvent.Run { Killed: var killed })
                {
                    folder.Apply(what);
                    continue;
                }
                var expected = folder.Expect(killed);
                verdicts.Add(Verdict.SameElements(expected, run(folder.Location, folder.Options, killed), "steps that ran"));
                if (killed is null) verdicts.AddRange(folder.CompareOutputs());
            }
            return Verdict.All(verdicts);
        },
        Impostors = new()
        {
            ["an output that exists is up to date"] = (_, _) => new CarelessChain { TrustsExistence = true }.Run,
            ["times of files decide, as in make"] = (_, _) => new CarelessChain { ComparesTimes = true }.Run,
            ["options do not count"] = (_, _) => new CarelessChain { RecordsOptions = false }.Run,
            ["changed sources do not count"] = (_, _) => new CarelessChain { RecordsSources = false }.Run,
            ["outputs of other steps do not count"] = (_, _) => new CarelessChain { RecordsOutputsOfOthers = false }.Run,
            ["outputs are not checked"] = (_, _) => new CarelessChain { ChecksOutputs = false }.Run,
            ["a step counts as done when it begins"] = (_, _) => new CarelessChain { RecordsEarly = true }.Run,
            ["a step that runs makes all later ones run"] = (_, _) => new CarelessChain { RerunsFollowing = true }.Run,
            ["every step runs"] = (_, _) => new CarelessChain { RunsAll = true }.Run,
        },
    };
}
