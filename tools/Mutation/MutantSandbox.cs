using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// A copy of the build's output in which one assembly at a time is replaced by a mutant. The working tree is never changed.
/// </summary>
internal sealed class MutantSandbox
{
    /// <summary>The trait of the unit tests that judge what no requirement covers, on the class or the method.</summary>
    public const string Trait = "Suite=Fast";

    // Libraries of libtorch: half a gigabyte that no mutant changes.
    private const string NativeLibraries = "runtimes";
    private const string MemoryFolder = "/dev/shm";
    private const long MinFreeBytes = 4L << 30;
    private readonly string _folder;
    private readonly IReadOnlyList<string> _programs;
    private readonly Dictionary<string, string> _unchanged = new(StringComparer.Ordinal);

    /// <param name="folder">Folder of the copy; replaced where it exists.</param>
    /// <param name="programs">Projects to copy, such as <c>Unit</c>.</param>
    public MutantSandbox(string folder, IReadOnlyList<string> programs)
    {
        (_folder, _programs) = (folder, programs);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        foreach (var program in programs)
        {
            var copy = Path.Combine(folder, program);
            CopyFiles(Built(program), copy);
            foreach (var inner in Directory.EnumerateDirectories(Built(program)))
            {
                var to = Path.Combine(copy, Path.GetFileName(inner));
                if (Path.GetFileName(inner) != NativeLibraries || !TryLink(inner, to)) CopyTree(inner, to);
            }
        }
        Directory.CreateDirectory(Scratch);
        var temporary = Path.Combine(TemporaryRoot, $"mutant-{Environment.ProcessId}-{Path.GetFileName(folder)}");
        Suite = new(folder, temporary);
    }

    /// <summary>Runs requirements and tests on what the sandbox has.</summary>
    public SuiteRunner Suite { get; }

    /// <summary>Folder for what the compiler writes.</summary>
    public string Scratch => Path.Combine(_folder, "scratch");

    /// <summary>Returns true if a program has the assembly of a project; otherwise no mutant of it changes the program.</summary>
    public bool Has(string program, string project) =>
        File.Exists(Path.Combine(_folder, program, MutantCompiler.AssemblyOf(project)));

    /// <summary>Replaces an assembly in all programs that have it.</summary>
    /// <param name="assembly">Path of the other assembly of the same name.</param>
    public void Plant(string assembly)
    {
        var name = Path.GetFileName(assembly);
        var places = _programs.Select(program => Path.Combine(_folder, program, name)).Where(File.Exists).ToArray();
        if (places.Length == 0) throw new InvalidOperationException($"No program of the sandbox has {name}.");
        foreach (var place in places) File.Copy(assembly, place, overwrite: true);
    }

    /// <summary>Replaces an assembly by one that <see cref="Restore"/> brings back.</summary>
    public void PlantUnchanged(string assembly)
    {
        Plant(assembly);
        _unchanged[Path.GetFileName(assembly)] = assembly;
    }

    /// <summary>Brings the unchanged assembly of a project back.</summary>
    public void Restore(string project)
    {
        var name = MutantCompiler.AssemblyOf(project);
        foreach (var program in _programs)
        {
            var place = Path.Combine(_folder, program, name);
            if (File.Exists(place))
                File.Copy(_unchanged.GetValueOrDefault(name) ?? Path.Combine(Built(program), name), place, overwrite: true);
        }
    }

    // Suites write thousands of small files, each of which is flushed to disk; a folder in memory avoids that wait.
    private static string TemporaryRoot =>
        OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("TMPDIR") is null && Directory.Exists(MemoryFolder)
        && new DriveInfo(MemoryFolder).AvailableFreeSpace >= MinFreeBytes
            ? MemoryFolder
            : Path.GetTempPath();

    /// <summary>Returns the folder of a program that the build made.</summary>
    public static string Built(string program) => Path.Combine(Repository.Root, "artifacts", "bin", program, "release");

    // On Windows, only some users may create symbolic links.
    private static bool TryLink(string folder, string link)
    {
        try
        {
            Directory.CreateSymbolicLink(link, folder);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void CopyTree(string from, string to)
    {
        CopyFiles(from, to);
        foreach (var inner in Directory.EnumerateDirectories(from)) CopyTree(inner, Path.Combine(to, Path.GetFileName(inner)));
    }

    private static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
