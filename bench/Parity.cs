using System.Diagnostics;
using System.Text;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>The whole model at full size against an independent PyTorch program: same weights, same tokens.</summary>
/// <remarks>
/// Needs the distribution's python3-torch. The judge is fixtures/make/compare_model.py; it shares no code with ours.
/// </remarks>
internal static class Parity
{
    public static int Run(string preset)
    {
        var config = preset == "v2" ? ModelConfig.V2 : ModelConfig.V1;
        var folder = Directory.CreateTempSubdirectory("turkishllm-parity-").FullName;
        try
        {
            var (weights, results) = (Path.Combine(folder, "weights.safetensors"), Path.Combine(folder, "results.safetensors"));
            Write(config, weights, results);
            var script = Path.Combine(Directory.GetCurrentDirectory(), "fixtures", "make", "compare_model.py");
            using var python = Process.Start("/usr/bin/python3", [script, weights, results]);
            python.WaitForExit();
            return python.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(ModelConfig config, string weights, string results)
    {
        const int rows = 2, length = 64;
        using var scope = NewDisposeScope();
        using var parameters = WeightInitializer.Initialize(config, seed: 1234, CPU);
        using var model = new LanguageModel(parameters);
        using var generator = new Generator(7);
        var ids = randint(config.VocabSize, [rows, length + 1], dtype: int64, generator: generator);
        var (inputs, targets) = (ids.narrow(1, 0, length).contiguous(), ids.narrow(1, 1, length).contiguous());
        targets.narrow(1, 5, 3).select(0, 1).fill_(CrossEntropy.IgnoreIndex);

        var batch = new TokenBatch(inputs, targets, rows * length - 3);
        var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms, training: false);
        using var grad = no_grad();
        var tensors = parameters.Names.ToDictionary(name => "grad." + name, name => parameters[name].grad!);
        tensors.Add("inputs", inputs);
        tensors.Add("targets", targets);
        tensors.Add("logits", model.Forward(inputs));
        tensors.Add("loss", tensor(loss, dtype: float32));

        ParameterFile.Save(weights, [("", parameters)]);
        using var writer = SafetensorsWriter.Create(
            results,
            tensors.Select(t => new SafetensorsTensorInfo(
                t.Key, t.Value.dtype == int64 ? SafetensorsDtype.I64 : SafetensorsDtype.F32, t.Value.shape)),
            new Dictionary<string, string> { ["config"] = Encoding.UTF8.GetString(ModelConfigFile.ToJson(config)) });
        foreach (var declared in writer.Tensors) writer.Write<byte>(declared.Name, tensors[declared.Name].contiguous().bytes);
        writer.Finish();
    }
}
