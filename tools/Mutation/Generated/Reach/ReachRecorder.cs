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

    /// <summary>Records the map. It is written after every test, so an interrupted run can be resumed.</summary>
    /// <param name="file">The map. What it has already is not run again if neither the tests nor src have changed.</param>
    /// <exception cref="InvalidOperationException">The instrumented code does not compile.</exception>
    public void Record(string file)
    {
        var projects = SourceProject.Names.Select(name => new InstrumentedProject(name)).ToArray();
        string[] assemblies = [.. projects.Select(project => project.Compile(_compiler, Path.Combine(_folder, "assemblies")))];
        var sources = projects.SelectMany(project => project.Sources).ToDictionary(source => source.File, source => source.Hash);
        var known = ReachMap.Read(file).TestsOf(sources);
        TestRun[] all = [.. ListClasses(), .. ListRequirements()];
        var tests = new Dictionary<string, ReachMap.TestEntry>(
            all.Where(test => known.GetValueOrDefault(test.Name)?.Hash == test.Hash)
                .Select(test => KeyValuePair.Create(test.Name, known[test.Name])),
            StringComparer.Ordinal);
        var waiting = new ConcurrentQueue<TestRun>(all.Where(test => !tests.ContainsKey(test.Name)));
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
                var entry = new ReachMap.TestEntry(test.Hash, ReadMarks(projects, marks));
                lock (tests)
                {
                    // The run stops at a failure, so what follows it would be missing.
                    if (result.Passes) tests[test.Name] = entry;
                    else
                        Console.Error.WriteLine(
                            $"Not recorded, since it fails: {test.Name}: {result.KilledBy}: {result.Message}");
                    new ReachMap(new(sources, tests)).Write(file);
                    Console.Out.WriteLine(Invariant($"[{tests.Count} of {all.Length}] {test.Name}"));
                }
            }
        });
    }

    private static Dictionary<string, int[]> ReadMarks(IEnumerable<InstrumentedProject> projects, string folder) => projects
        .SelectMany(project => project.ReadMarks(folder))
        .ToDictionary(entry => entry.File, entry => entry.Bodies, StringComparer.Ordinal);

    private static IEnumerable<TestRun> ListClasses() => TestClass.All
        .OrderByDescending(test => test.StartsProcesses)
        .Select(test => new TestRun(test.Name, test.Hash, suite => suite.RunTests(test.Program, ["-class", test.Name])));

    private static IEnumerable<TestRun> ListRequirements() => RequirementCatalog.All.Select(requirement => new TestRun(
        requirement.Id, FastSuite.Hash, suite => suite.RunRequirements([requirement.Id], FastSuite.Only)));

    // A requirement or a class of tests.
    private sealed record TestRun(string Name, string Hash, Func<SuiteRunner, SuiteResult> Run);
}
