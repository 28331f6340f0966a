using System.Collections.Concurrent;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation.Generated.Reach;

/// <summary>Runs the requirements and each class of tests on instrumented code, and records the bodies that they enter.</summary>
/// <param name="work">Folder for sandboxes.</param>
/// <param name="jobs">Number of sandboxes.</param>
internal sealed class ReachRecorder(string work, int jobs)
{
    private readonly string _folder = Path.Combine(work, "reach");
    private readonly MutantCompiler _compiler = new(Path.Combine(work, "unchanged"));

    /// <summary>Records the map.</summary>
    /// <param name="old">A map of before: tests of the same sources are not run again.</param>
    /// <exception cref="InvalidOperationException">The instrumented code does not compile.</exception>
    public ReachMap Record(ReachMap old)
    {
        var projects = SourceProject.Names.Select(name => new InstrumentedProject(name)).ToArray();
        string[] assemblies = [.. projects.Select(project => project.Compile(_compiler, Path.Combine(_folder, "assemblies")))];
        var sources = projects.SelectMany(project => project.Sources).ToDictionary(source => source.File, source => source.Hash);
        var tests = new ConcurrentDictionary<string, ReachMap.TestEntry>(old.TestsOf(sources), StringComparer.Ordinal);
        var waiting = new ConcurrentQueue<Test>(
            ListClasses().Concat(ListRequirements()).Where(test => tests.GetValueOrDefault(test.Name)?.Hash != test.Hash));
        var count = tests.Count + waiting.Count;
        Parallel.For(1, jobs + 1, new ParallelOptions { MaxDegreeOfParallelism = jobs }, job =>
        {
            var sandbox = new MutantSandbox(Path.Combine(_folder, Invariant($"job-{job}")), TestArea.Programs);
            foreach (var assembly in assemblies) sandbox.Plant(assembly);
            while (waiting.TryDequeue(out var test))
            {
                var marks = Path.Combine(_folder, Invariant($"marks-{job}"));
                if (Directory.Exists(marks)) Directory.Delete(marks, recursive: true);
                Directory.CreateDirectory(marks);
                sandbox.Suite.ReachFolder = marks;
                var result = test.Run(sandbox.Suite);
                // Those after a failure were not run.
                if (result.Passes) tests[test.Name] = new(test.Hash, ReadMarks(projects, marks));
                else Console.Error.WriteLine($"Not recorded, since it fails: {test.Name}: {result.KilledBy}: {result.Message}");
                Console.Out.WriteLine(Invariant($"[{tests.Count} of {count}] {test.Name}"));
            }
        });
        return new(new(sources, new(tests)));
    }

    private static Dictionary<string, int[]> ReadMarks(IEnumerable<InstrumentedProject> projects, string folder) => projects
        .SelectMany(project => project.ReadMarks(folder))
        .ToDictionary(entry => entry.File, entry => entry.Bodies, StringComparer.Ordinal);

    private static IEnumerable<Test> ListClasses() => TestClass.All
        .OrderByDescending(test => test.StartsProcesses)
        .Select(test => new Test(test.Name, test.Hash, suite => suite.RunTests(test.Program, ["-class", test.Name])));

    private static IEnumerable<Test> ListRequirements() => RequirementCatalog.All.Select(requirement => new Test(
        requirement.Id, FastSuite.Hash, suite => suite.RunRequirements([requirement.Id], FastSuite.Only)));

    // What is recorded together.
    private sealed record Test(string Name, string Hash, Func<SuiteRunner, SuiteResult> Run);
}
