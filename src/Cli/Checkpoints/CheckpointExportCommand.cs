using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Runs;
using TurkishLlm.Runs.HuggingFace;
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
            Description = "Export format: safetensors (our tensor names), hf (Hugging Face directory that transformers loads "
                + "with trust_remote_code) or gguf (llama.cpp, Ollama, LM Studio).",
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
        var license = new Option<string?>("--license")
        {
            Description = "License for the model card of --format hf, as an identifier of Hugging Face, such as apache-2.0 "
                + "(default: none).",
            HelpName = "id",
        };
        var checkpoint = new CheckpointOption(offersAverage: true);
        var command = new Command("export", "Export a model for inference: weights, configuration, tokenizer and hashes.")
        {
            source, output, format, type, tokenizer, license,
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
            if (parsed.GetValue(license) is { } id)
            {
                ModelOrigin.CheckLicense(id);
                if (style != ExportFormat.HuggingFace)
                    throw new ConfigurationException("--license is for the model card, which only --format hf writes.");
            }
            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(source));
            using var trained = checkpoint.Open(
                parsed, parsed.GetRequiredValue(source), CPU,
                parsed.GetValue(tokenizer) is { } given ? TokenizerFolder.Find(given) : null);
            if (isGguf) GgufExport.Write(folder, trained, weightType.Gguf);
            else
                ExportedModel.Write(
                    folder, trained.Model.Parameters, trained.TokenizerFolder,
                    trained.HasChatTemplate ? trained.LoadChatTemplate() : null, style, safetensors!.Value,
                    new ModelOrigin(at.Run, trained.Step, parsed.GetValue(license), at.UsesAverage),
                    trained.LoadOriginalVocabulary());

            display.WriteLine(
                $"{Format.Count(trained.Model.Parameters.ElementCount, "parameter")} of {trained.Name} as {weightType.Name}");
            if (isGguf) GgufExport.ReportDifferences(display, trained, weightType.Gguf);
            else if (style == ExportFormat.HuggingFace)
                display.WriteLine(
                    "transformers loads it with trust_remote_code=True: the program of the model is "
                        + $"{HuggingFaceConfig.ModelingModule}.py, and README.md is its card.");
            display.WriteSuccess(
                $"→ {Format.RelativePaths(Path.GetFullPath(folder))}, "
                    + $"{Format.Bytes(Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length))}");
            if (isGguf) GgufExport.ReportNextSteps(display, folder);
        });
        return command;
    }
}
