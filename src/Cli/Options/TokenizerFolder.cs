using TurkishLlm.Cli.Runs;
using TurkishLlm.Files;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Cli.Options;

/// <summary>Finds tokenizers where commands are given one: a tokenizer or model folder, its file, or a run.</summary>
internal static class TokenizerFolder
{
    /// <summary>Returns the folder of the tokenizer that a path means; for a run or checkpoint, that of its training.</summary>
    public static string Find(string path)
    {
        var folder = FolderPath.Resolve(path, "tokenizer.json");
        if (File.Exists(Path.Combine(folder, "tokenizer.json")) || RunFinder.FindRun(path) is not { } run) return folder;
        return TrainingPlan.Load(run.PlanFile, []).Data.Tokenizer;
    }

    /// <summary>Loads the tokenizer that a path means.</summary>
    /// <exception cref="FileNotFoundException">The path has no tokenizer.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of another kind.</exception>
    public static Tokenizer Load(string path) => Tokenizer.Load(Find(path));

    /// <summary>Loads the tokenizer that a path means, of this program or of another one.</summary>
    /// <param name="path">A tokenizer or model folder, a run, or a tokenizer file of another program.</param>
    /// <param name="splitRule">Split rule of a file of tiktoken, or empty.</param>
    /// <inheritdoc cref="Load"/>
    public static LoadedTokenizer LoadAny(string path, string splitRule) =>
        ForeignTokenizer.Load(File.Exists(path) ? path : Find(path), splitRule);
}
