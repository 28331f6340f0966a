using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint export CHECKPOINT OUTPUT --format gguf</c></summary>
internal static class GgufExport
{
    /// <summary>Writes the files.</summary>
    public static void Write(string folder, TrainedModel trained, GgufTensorType type) => GgufModel.Write(
        folder, trained.Model.Parameters, trained.TokenizerFolder,
        trained.HasChatTemplate ? trained.LoadChatTemplate() : null, type, trained.LoadOriginalVocabulary());

    /// <summary>Prints what differs in llama.cpp.</summary>
    public static void ReportDifferences(Display display, TrainedModel trained, GgufTensorType type)
    {
        if (CountUnquantized(trained.Model.Parameters, type) is > 0 and var count)
            display.WriteLine(
                $"{Format.Count(count, "matrix", "matrices")} as float16, because their rows are not whole blocks of "
                    + $"{GgufBlocks.GetLength(type)} weights.");
        if (trained.LoadOriginalVocabulary()?.LlamaCppRule is null && trained.Tokenizer.Split is { LlamaCppName: null } rule)
            display.WriteLine(
                $"llama.cpp does not have the split rule {rule.Name}; the file names the nearest one, "
                    + $"{rule.NearestLlamaCpp.LlamaCppName}. The ids of few words differ there: docs/guide/split-rules.md");
    }

    /// <summary>Prints how to run the model.</summary>
    public static void ReportNextSteps(Display display, string folder)
    {
        var name = new DirectoryInfo(folder).Name.ToLowerInvariant();
        var path = Format.RelativePaths(Path.GetFullPath(folder));
        display.WriteLine($"llama.cpp: llama-server -m {Format.ShellQuote(Path.Combine(path, GgufModel.FileName))}");
        display.WriteLine(
            $"Ollama: ollama create {Format.ShellQuote(name)} -f "
                + Format.ShellQuote(Path.Combine(path, GgufModel.ModelfileName)));
    }

    private static int CountUnquantized(ParameterTable weights, GgufTensorType type) => weights.Shapes.Count(weight =>
        weight.Shape.Length > 1 && GgufWeights.ChooseType(weight.Shape, type) != type);
}
