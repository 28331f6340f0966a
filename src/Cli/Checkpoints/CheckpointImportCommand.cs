using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint import FILE OUTPUT</c></summary>
internal static class CheckpointImportCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("file")
        {
            Description = "PyTorch state dict (.pt), safetensors file, or exported model folder. No code in the file is "
                + "executed.",
        };
        var output = new Argument<string>("output") { Description = OutputFolder.ArgumentDescription };
        var tokenizer = new Option<string>("--tokenizer", "-t")
        {
            Description = "Folder of the tokenizer that the model was trained with (default: the one in the model folder).",
        };
        var config = new Option<string>("--config")
        {
            Description = "config.json of the model (default: the one in the folder, else the preset v1 or v2 that has these "
                + "shapes).",
        };
        var command = new Command("import", "Import weights from PyTorch or safetensors as a model folder.")
        {
            file, output, tokenizer, config,
        };
        command.SetAction(parsed =>
            Run(
                display, parsed.GetRequiredValue(file), parsed.GetRequiredValue(output), parsed.GetValue(tokenizer),
                parsed.GetValue(config)));
        return command;
    }

    private static void Run(Display display, string source, string output, string? tokenizer, string? config)
    {
        OutputFolder.ThrowIfNotEmpty(output);
        var folder = Directory.Exists(source) ? ExportedModel.Open(source) : null;
        tokenizer ??= folder is { HasTokenizer: true }
            ? source
            : throw new ConfigurationException(
                $"{source} has no tokenizer. Give the one that the model was trained with: --tokenizer DIR");
        using var file = TensorFile.Open(folder?.WeightsFile ?? source);
        var names = ExportedModel.GetNameMapping(folder?.Format ?? ExportFormat.Safetensors);
        using var weights = ParameterFile.Load(
            file, config is null ? folder?.Config ?? PresetDetector.Detect(file, names) : ReadConfig(config), CPU, names);
        FiniteWeightCheck.ThrowIfNotFinite(weights, file.Path);
        var template =
            folder is not null && ChatTemplate.Exists(source) ? ChatTemplate.Load(source, Tokenizer.Load(tokenizer)) : null;
        ExportedModel.Write(output, weights, tokenizer, template, ExportFormat.Safetensors);

        var types = file.Tensors.Select(t => t.Type).Distinct().Where(type => type != SafetensorsDtype.F32).ToArray();
        display.WriteLine(
            $"{Format.Count(weights.ElementCount, "parameter")} in {Format.Count(file.Tensors.Count, "tensor")}"
                + (types.Length == 0
                    ? ""
                    : $", {string.Join(" and ", types)} "
                        + $"{(types.Contains(SafetensorsDtype.F64) ? "rounded to" : "exactly as")} float32")
        );
        display.WriteSuccess($"→ {Format.RelativePaths(Path.GetFullPath(output))}");
        display.WriteLine($"Try it: {display.Program} generate {Format.ShellQuote(output)} \"Türkiye\"");
    }

    private static ModelConfig ReadConfig(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"The model configuration {file} does not exist.", file);
        return HuggingFaceConfig.CanRead(file) ? HuggingFaceConfig.Read(file) : ModelConfigFile.Read(file);
    }
}
