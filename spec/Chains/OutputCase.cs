namespace TurkishLlm.Spec.Chains;

/// <summary>The output of a step.</summary>
/// <param name="Name">Its path.</param>
/// <param name="IsFolder">True for a folder of two files.</param>
public sealed record OutputCase(string Name, bool IsFolder)
{
    private const string Earlier = "earlier ", Later = "later ";

    /// <summary>Runs the step twice, and compares what the second command finds and what is kept.</summary>
    /// <param name="run">Runs a step.</param>
    /// <param name="interrupted">True if the first command fails.</param>
    /// <param name="changed">True if the input changes in between.</param>
    /// <param name="finds">True if the second command finds the output of the first.</param>
    internal Verdict Judge(RunOverOutput run, bool interrupted, bool changed, bool finds) => InFolder(folder =>
    {
        var what = $"{(interrupted ? "interrupted" : "complete")}{(changed ? ", changed" : "")}";
        _ = run(folder, Name, () =>
        {
            Write(folder, Earlier);
            return interrupted ? 137 : 0;
        });
        if (changed) File.WriteAllText(Path.Combine(folder, ChainOutputSpec.Input), "second");
        IReadOnlyList<string>? found = null;
        var ran = run(folder, Name, () =>
        {
            found = ReadOutput(folder);
            Write(folder, Later);
            return 0;
        });
        return Verdict.All(
            Verdict.That(ran && found is not null, $"{what}: runs"),
            Verdict.SameElements(finds ? Content(Earlier) : [], found ?? [], $"{what}: output at the start"),
            Verdict.SameElements(Content(Later), ReadOutput(folder), $"{what}: output at the end"),
            Verdict.SameElements(finds ? [] : Content(Earlier), ReadKept(folder), $"{what}: kept under another name"));
    });

    /// <summary>Runs the step where its output exists and no step has run.</summary>
    internal Verdict JudgeUnexplained(RunOverOutput run) => InFolder(folder =>
    {
        Write(folder, Earlier);
        var ran = run(folder, Name, () =>
        {
            Write(folder, Later);
            return 0;
        });
        return Verdict.All(
            Verdict.That(!ran, "unexplained: refused"),
            Verdict.SameElements(Content(Earlier), ReadOutput(folder), "unexplained: output"));
    });

    private static Verdict InFolder(Func<string, Verdict> judge)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-chain-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, ChainOutputSpec.Input), "first");
            return judge(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string[] Files => IsFolder ? [Path.Combine(Name, "a"), Path.Combine(Name, "b")] : [Name];

    private string[] Content(string text) => [.. Files.Select(file => text + Path.GetFileName(file))];

    private void Write(string folder, string text)
    {
        foreach (var file in Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), text + Path.GetFileName(file));
        }
    }

    private string[] ReadOutput(string folder) =>
        [.. Files.Select(file => SubjectChain.TryRead(Path.Combine(folder, file))).OfType<string>()];

    // Everything but the output, the input and the records.
    private string[] ReadKept(string folder) =>
    [
        .. from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
           let name = Path.GetRelativePath(folder, file)
           where name != ChainOutputSpec.Input && !name.StartsWith("records", StringComparison.Ordinal) && !Files.Contains(name)
           select SubjectChain.TryRead(file),
    ];
}
