using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint import FILE.gguf OUTPUT</c></summary>
internal static class GgufImport
{
    /// <summary>Imports a file as a model folder.</summary>
    /// <param name="display">Receives what was imported.</param>
    /// <param name="path">The GGUF file.</param>
    /// <param name="output">The output folder.</param>
    /// <param name="tokenizerFolder">Folder of the tokenizer; null for the one in the file.</param>
    /// <param name="config">The option <c>--config</c>, which such a file does not need.</param>
    public static void Run(Display display, string path, string output, string? tokenizerFolder, string? config)
    {
        if (config is not null)
            throw new ConfigurationException($"{path} contains the configuration of its model. Remove --config.");
        using var file = GgufFile.Open(path);
        var model = RefactArchitecture.Read(file);
        using var weights = GgufWeights.Load(file, model, CPU);
        FiniteWeightCheck.ThrowIfNotFinite(weights, path);
        var foreign = tokenizerFolder is not null ? ForeignImport.Read(tokenizerFolder, model)
            : GgufTokenizer.IsOwn(file) ? null : Advise(() => GgufVocabulary.Read(file));
        var isChat = foreign is not null
            ? ForeignImport.Write(display, output, weights, foreign, tokenizerFolder ?? path)
            : WriteOwn(file, output, weights, tokenizerFolder);
        display.WriteLine(
            $"{Format.Count(weights.ElementCount, "parameter")} in {Format.Count(file.Tensors.Count, "tensor")}"
                + DescribeTypes(file));
        if (!isChat && GgufTokenizer.HasTemplate(file)) ForeignImport.WarnAboutTemplate(display);
    }

    // Returns true if the model can chat.
    private static bool WriteOwn(GgufFile file, string output, ParameterTable weights, string? tokenizerFolder)
    {
        var tokenizer = tokenizerFolder is null ? Advise(() => GgufTokenizer.Read(file)) : Tokenizer.Load(tokenizerFolder);
        ExportedModel.RequireTokenizer(tokenizer, tokenizerFolder ?? file.Path, weights.Config);
        var template = GgufTokenizer.ReadTemplate(file, tokenizer);
        ExportedModel.Write(output, weights, tokenizer, template, ExportFormat.Safetensors);
        return template is not null;
    }

    private static T Advise<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{error.Message} Give the tokenizer of the model: --tokenizer DIR", error);
        }
    }

    private static string DescribeTypes(GgufFile file)
    {
        var types = file.StoredTensors.Select(tensor => tensor.Type).Where(type => type != GgufTensorType.F32).Distinct();
        var exact = types.Where(type => type != GgufTensorType.Q8_0).ToArray();
        var isExact = exact.Length == types.Count();
        return (exact.Length == 0 ? "" : $", {string.Join(" and ", exact)} exactly as float32")
            + (isExact
                ? ""
                : ", Q8_0 dequantized: its weights are rounded, and fine-tuning continues from the rounded ones");
    }
}
