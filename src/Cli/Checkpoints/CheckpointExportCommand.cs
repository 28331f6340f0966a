using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model.Formats;
using TurkishLlm.Runs;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint export CHECKPOINT OUT</c></summary>
internal static class CheckpointExportCommand
{
    public static Command Create(Display display)
    {
        var source = new Argument<string>("checkpoint") { Description = "A run folder for its newest checkpoint, a checkpoint, or a folder that was imported or exported." };
        var output = new Argument<string>("out") { Description = "Folder to make." };
        var format = new Option<string>("--format") { Description = "safetensors: our names. hf: a Hugging Face directory, of a model type that is ours alone.", DefaultValueFactory = _ => "safetensors" };
        format.AcceptOnlyFromAmong("hf", "safetensors");
        var type = new Option<string>("--type") { Description = "Number type: float32, the very bits; bfloat16, rounded, half the size.", DefaultValueFactory = _ => "float32" };
        type.AcceptOnlyFromAmong("float32", "bfloat16");
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Folder of the tokenizer; without it, that of the run or folder." };
        var command = new Command("export", "Writes a model without its training: weights, configuration, tokenizer, hashes. Example: turkishllm checkpoint export runs/toy models/toy --format hf")
        {
            source, output, format, type, tokenizer,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            OutputFolder.ThrowIfNotEmpty(folder);
            using var trained = TrainedModel.Open(parsed.GetRequiredValue(source), CPU, parsed.GetValue(tokenizer));
            var style = parsed.GetRequiredValue(format) == "hf" ? ExportFormat.HuggingFace : ExportFormat.Safetensors;
            ExportedModel.Write(folder, trained.Model.Parameters, trained.TokenizerFolder, trained.HasChatTemplate ? trained.LoadChatTemplate() : null, style, parsed.GetRequiredValue(type) == "bfloat16" ? SafetensorsDtype.BF16 : SafetensorsDtype.F32);

            display.WriteLine($"{Format.Count(trained.Model.Parameters.ElementCount, "parameter")} of {trained.Name} as {parsed.GetRequiredValue(type)}");
            if (style == ExportFormat.HuggingFace)
                display.WriteLine($"model_type is \"{HuggingFaceConfig.ModelType}\": no class of the transformers library computes ALiBi with grouped-query attention and SwiGLU, so it loads the tokenizer but not the model.");
            display.WriteSuccess($"→ {Format.RelativePaths(Path.GetFullPath(folder))}, {Format.Bytes(Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length))}");
        });
        return command;
    }
}
