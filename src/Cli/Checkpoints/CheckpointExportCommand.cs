using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model.Formats;
using TurkishLlm.Runs;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint export CHECKPOINT OUTPUT</c></summary>
internal static class CheckpointExportCommand
{
    public static Command Create(Display display)
    {
        var source = new Argument<string>("checkpoint") { Description = ModelPath.ArgumentDescription };
        var output = new Argument<string>("output") { Description = OutputFolder.ArgumentDescription };
        var format = new Option<string>("--format")
        {
            Description = "Export format: safetensors (our tensor names), hf (Hugging Face layout, with a model type of our "
                + "own) or gguf (llama.cpp, Ollama, LM Studio).",
            DefaultValueFactory = _ => "safetensors",
        };
        format.AcceptOnlyFromAmong("gguf", "hf", "safetensors");
        var type = new Option<string>("--dtype", "--type")
        {
            Description = "Data type of the weights: float32 or f32 (exact), bfloat16 or bf16 (rounded, half the size); for gguf "
                + "also float16 or f16, and q8_0 (8 bits, about a quarter of the size).",
            HelpName = "type",
            DefaultValueFactory = _ => "float32",
        };
        type.AcceptOnlyFromAmong(WeightType.Names);
        var tokenizer = new Option<string>("--tokenizer", "-t")
        {
            Description = "Tokenizer folder (default: the tokenizer of the run or model folder).",
        };
        var checkpoint = new CheckpointOption();
        var command = new Command("export", "Export a model for inference: weights, configuration, tokenizer and hashes.")
        {
            source, output, format, type, tokenizer,
        };
        checkpoint.AddTo(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            OutputFolder.ThrowIfNotEmpty(folder);
            var weightType = WeightType.Parse(parsed.GetRequiredValue(type));
            var isGguf = parsed.GetRequiredValue(format) == "gguf";
            var style = parsed.GetRequiredValue(format) == "hf" ? ExportFormat.HuggingFace : ExportFormat.Safetensors;
            SafetensorsDtype? safetensors = isGguf ? null : weightType.ForSafetensors(parsed.GetRequiredValue(format));
            using var trained = checkpoint.Open(
                parsed, parsed.GetRequiredValue(source), CPU,
                parsed.GetValue(tokenizer) is { } given ? TokenizerFolder.Find(given) : null);
            if (isGguf) GgufExport.Write(folder, trained, weightType.Gguf);
            else
                ExportedModel.Write(
                    folder, trained.Model.Parameters, trained.TokenizerFolder,
                    trained.HasChatTemplate ? trained.LoadChatTemplate() : null, style, safetensors!.Value);

            display.WriteLine(
                $"{Format.Count(trained.Model.Parameters.ElementCount, "parameter")} of {trained.Name} as {weightType.Name}");
            if (isGguf) GgufExport.ReportDifferences(display, trained, weightType.Gguf);
            else if (style == ExportFormat.HuggingFace)
                display.WriteLine(
                    $"model_type is \"{HuggingFaceConfig.ModelType}\": no class of the transformers library "
                        + "implements ALiBi with grouped-query attention and SwiGLU, so transformers loads the "
                        + "tokenizer but not the model.");
            display.WriteSuccess(
                $"→ {Format.RelativePaths(Path.GetFullPath(folder))}, "
                    + $"{Format.Bytes(Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length))}");
            if (isGguf) GgufExport.ReportNextSteps(display, folder);
        });
        return command;
    }
}
