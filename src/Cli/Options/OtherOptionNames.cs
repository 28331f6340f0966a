namespace TurkishLlm.Cli.Options;

/// <summary>
/// Names that options have in other tools (transformers, llama.cpp, Ollama, vLLM, nanoGPT), or had in earlier versions.
/// </summary>
internal static class OtherOptionNames
{
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal)
    {
        ["--temperature"] = "temp t",
        ["--max-tokens"] = "n-predict num-predict predict n max-new-tokens max-length max-gen-len num-tokens max-gen-toks",
        ["--top-k"] = "topk k",
        ["--top-p"] = "topp p nucleus",
        ["--repetition-penalty"] = "repeat-penalty rep-penalty frequency-penalty presence-penalty",
        ["--system"] = "system-prompt sys",
        ["--stop"] = "stop-sequence stop-sequences reverse-prompt stop-words stop-token",
        ["--prompt"] = "question ask once q",
        ["--device"] = "gpu cuda n-gpu-layers ngl main-gpu",
        ["--resume"] = "resume-from-checkpoint continue resume-from load-checkpoint",
        ["--init-from"] = "pretrained from-pretrained init base-model model-name-or-path",
        ["--output"] = "out output-dir out-dir save-dir outfile",
        ["--vocab-size"] = "vocab vocabulary vocabulary-size",
        ["--processes"] = "nproc-per-node nproc num-processes np",
        ["--tokenizer"] = "tok tokenizer-path tokenizer-dir",
        ["--gold"] = "test-file eval-file benchmark questions",
        ["--limit"] = "max-samples num-samples",
        ["--dtype"] = "outtype precision torch-dtype",
        ["--decontaminate"] = "keep-out contamination eval-overlap",
        ["--near-duplicate-threshold"] = "near-duplicates jaccard dedup-threshold minhash-threshold",
        ["--loss-mask"] = "mask labels",
    };

    private static readonly Dictionary<string, string> Aliases = OtherNames
        .SelectMany(names => names.Value.Split(' ').Select(other => (Other: other, names.Key)))
        .ToDictionary(pair => pair.Other, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Returns the option of a command that a name of another tool means; null if it has none.</summary>
    /// <param name="word">The name as typed, such as <c>--max_new_tokens</c> or <c>-n</c>.</param>
    /// <param name="options">The options of the command.</param>
    public static string? Find(string word, IReadOnlyCollection<string> options)
    {
        var name = word.TrimStart('-').Replace('_', '-').ToLowerInvariant();
        var option = options.Contains("--" + name) ? "--" + name : Aliases.GetValueOrDefault(name);
        return option is not null && options.Contains(option) ? option : null;
    }

    /// <summary>Returns true for names of the context length, which is that of the model.</summary>
    public static bool IsContextLength(string word) => word.TrimStart('-').Replace('_', '-').ToLowerInvariant()
        is "ctx" or "ctx-size" or "n-ctx" or "num-ctx" or "context-length" or "max-seq-len" or "max-model-len";
}
