using System.CommandLine;
using TurkishLlm.Model;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm checkpoint import FILE OUT</c></summary>
internal static class CheckpointImportCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("file") { Description = "A PyTorch state dictionary (.pt), a safetensors file, or a folder that was exported. Nothing in it is executed." };
        var output = new Argument<string>("out") { Description = "Folder to make." };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Folder of the tokenizer the model was trained with; a folder may bring its own." };
        var config = new Option<string>("--config") { Description = "config.json of the model; without it, that of the folder, or the preset (v1, v2) whose shapes the weights have." };
        var command = new Command("import", "Makes a model folder of weights from elsewhere. Example: turkishllm checkpoint import step_050000.pt models/r1 --tokenizer tokenizers/64k")
        {
            file, output, tokenizer, config,
        };
        command.SetAction(parsed => Run(display, parsed.GetRequiredValue(file), parsed.GetRequiredValue(output), parsed.GetValue(tokenizer), parsed.GetValue(config)));
        return command;
    }

    private static void Run(Display display, string source, string output, string? tokenizer, string? config)
    {
        NewFolder.Require(output);
        var folder = Directory.Exists(source) ? ModelFolder.Open(source) : null;
        tokenizer ??= folder is { HasTokenizer: true } ? source : throw new ConfigurationException($"{source} brings no tokenizer. Give the one that the model was trained with: --tokenizer DIR");
        using var file = TensorFile.Open(folder?.WeightsFile ?? source);
        var names = ModelFolder.NamesOf(folder?.Format ?? ModelFolderFormat.Safetensors);
        using var weights = ParameterFile.Load(file, config is null ? folder?.Config ?? PresetOfShapes.Of(file, names) : ReadConfig(config), CPU, names);
        FiniteWeights.Require(weights, file.Path);
        ModelFolder.Write(output, weights, tokenizer, ModelFolderFormat.Safetensors);

        var types = file.Tensors.Select(t => t.Type).Distinct().Where(type => type != SafetensorsType.F32).ToArray();
        display.Line($"{Show.Count(weights.ElementCount, "parameter")} in {Show.Count(file.Tensors.Count, "tensor")}{(types.Length == 0 ? "" : $", {string.Join(" and ", types)} {(types.Contains(SafetensorsType.F64) ? "rounded to" : "exactly as")} float32")}");
        display.Good($"→ {Show.RelativePaths(Path.GetFullPath(output))}");
        display.Line($"Try it: {display.Program} generate {Show.Word(output)} \"Türkiye\"");
    }

    private static ModelConfig ReadConfig(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no model configuration {file}.", file);
        return HuggingFaceConfig.Recognises(file) ? HuggingFaceConfig.Read(file) : ModelConfigFile.Read(file);
    }
}
