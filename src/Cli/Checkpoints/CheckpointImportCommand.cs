using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Runs;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Tokenization.Foreign;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint import FILE OUTPUT</c></summary>
internal static class CheckpointImportCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("file")
        {
            Description = "PyTorch state dict (.pt), safetensors file, index of several files, exported model folder, or GGUF "
                + "file. No code in the file is executed.",
        };
        var output = new Argument<string>("output") { Description = OutputFolder.ArgumentDescription };
        var tokenizer = new Option<string>("--tokenizer", "-t")
        {
            Description = "Folder of the tokenizer that the model was trained with, also of another program: tokenizer.json with "
                + "a byte-level BPE (default: the one in the model folder or GGUF file).",
        };
        var config = new Option<string>("--config")
        {
            Description = "config.json of the model (default: the one in the folder, else the preset v1 or v2 that has these "
                + "shapes).",
        };
        var command = new Command("import", "Import weights from PyTorch, safetensors or GGUF as a model folder.")
        {
            file, output, tokenizer, config,
        };
        command.SetAction(parsed =>
            Run(
                display, parsed.GetRequiredValue(file), parsed.GetRequiredValue(output),
                parsed.GetValue(tokenizer) is { } given ? TokenizerFolder.Find(given) : null,
                parsed.GetValue(config)));
        return command;
    }

    private static void Run(Display display, string source, string output, string? tokenizer, string? config)
    {
        OutputFolder.ThrowIfNotEmpty(output);
        if (!Path.Exists(source)) throw new FileNotFoundException($"There is no tensor file {source}.", source);
        if (Directory.Exists(source) && RunFinder.FindRun(source) is not null)
            throw new InvalidDataException(
                $"{source} is a run of this program, so there is nothing to import. Export it instead: {display.Program} "
                    + $"checkpoint export {Format.ShellQuote(source)} {Format.ShellQuote(output)}");
        if (GgufModel.Find(source) is { } gguf)
        {
            GgufImport.Run(display, gguf, output, tokenizer, config);
            ReportResult(display, output);
            return;
        }
        source = ExportedModel.ResolveFolder(source);
        var model = Directory.Exists(source) && config is null ? ExportedModel.Open(source) : null;
        var folder = Directory.Exists(source) ? source : Path.GetDirectoryName(source) is { Length: > 0 } parent ? parent : ".";
        if (tokenizer is null && File.Exists(Path.Combine(folder, "tokenizer.json"))) tokenizer = folder;
        if (tokenizer is null)
            throw new ConfigurationException(
                $"{source} has no tokenizer. Give the one that the model was trained with: --tokenizer DIR");
        using var file = TensorFile.Open(FindWeights(source));
        var names = WeightNames.CreateMapping([.. file.Tensors.Select(tensor => tensor.Name)]);
        using var weights = ParameterFile.Load(
            file, config is not null ? ReadConfig(config) : model?.Config ?? PresetDetector.Detect(file, names), CPU, names);
        FiniteWeightCheck.ThrowIfNotFinite(weights, file.Path);
        if (ForeignImport.Read(tokenizer, weights.Config) is { } foreign)
        {
            if (!ForeignImport.Write(display, output, weights, foreign, tokenizer) && foreign.ChatTemplate is not null)
                ForeignImport.WarnAboutTemplate(display);
        }
        else
        {
            var template = ChatTemplate.Exists(folder) ? ChatTemplate.Load(folder, Tokenizer.Load(tokenizer)) : null;
            var original = ForeignVocabulary.Exists(folder) ? ForeignVocabulary.Load(folder) : null;
            ExportedModel.Write(output, weights, tokenizer, template, ExportFormat.Safetensors, original: original);
        }

        if (model is null && file.Tensors.Any(tensor => WeightNames.IsHuggingFaceStyle(tensor.Name)))
            display.WriteLine(
                $"{file.Path} has the names of Hugging Face's Llama. Names do not show positions: if the model was trained with "
                    + "rotary positions instead of ALiBi, its text will be wrong.");
        var types = file.Tensors.Select(t => t.Type).Distinct().Where(type => type != SafetensorsDtype.F32).ToArray();
        display.WriteLine(
            $"{Format.Count(weights.ElementCount, "parameter")} in {Format.Count(file.Tensors.Count, "tensor")}"
                + (types.Length == 0
                    ? ""
                    : $", {string.Join(" and ", types)} "
                        + $"{(types.Contains(SafetensorsDtype.F64) ? "rounded to" : "exactly as")} float32")
        );
        ReportResult(display, output);
    }

    private static void ReportResult(Display display, string output)
    {
        display.WriteSuccess($"→ {Format.RelativePaths(Path.GetFullPath(output))}");
        display.WriteLine($"Try it: {display.Program} generate {Format.ShellQuote(output)} \"Türkiye\"");
    }

    private static string FindWeights(string source) => !Directory.Exists(source) ? source
        : ExportedModel.FindWeights(source)
            ?? throw new InvalidDataException(
                $"{source} has no weights. {FolderPath.DescribeContent(source)}{ExportedModel.AdviseFramework(source)}");

    private static ModelConfig ReadConfig(string file)
    {
        if (Directory.Exists(file)) file = Path.Combine(file, "config.json");
        if (!File.Exists(file)) throw new FileNotFoundException($"The model configuration {file} does not exist.", file);
        return HuggingFaceConfig.CanRead(file) ? HuggingFaceConfig.Read(file) : ModelConfigFile.Read(file);
    }
}
