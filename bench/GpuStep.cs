using System.ComponentModel;
using System.Globalization;
using System.Text;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Plans;
using TurkishLlm.Training.Memory;
using static System.FormattableString;

namespace TurkishLlm.Bench;

/// <summary>Whole training steps on an NVIDIA device in bfloat16, ours and PyTorch's of the same model, in turn.</summary>
/// <remarks>
/// A turn is a process of its own, so that every contestant has the device for itself: it takes a few steps to warm up and then
/// those that are timed, one after the other, with one wait at the end. Equal weights and tokens, so their first losses agree.
/// Memory is what the driver says is in use more than before the process began, the same for all. Forward, loss, backward,
/// clipping, AdamW; no dropout.
/// </remarks>
internal sealed class GpuStep
{
    /// <summary>More than there are different batches, so that nothing is compiled while the clock runs.</summary>
    private const int WarmUp = 5;

    /// <summary>docs/tolerances.md, TOL-CURVE: relative difference of the first losses.</summary>
    private const double LossTolerance = 1e-3;

    private readonly StringBuilder _report = new();
    private readonly DeviceChoice _device;
    private readonly bool _quick;
    private readonly int _rounds, _steps;
    private readonly string[] _python;
    private readonly CudaDevice? _cuda;
    private bool _agree = true;

    private GpuStep(DeviceChoice device, bool quick, int rounds, int steps, string[] python)
    {
        (_device, _quick, _rounds, _steps, _python) = (device, quick, rounds, steps, python);
        _cuda = device.Kind == DeviceKind.Cpu ? null : CudaDevice.Find(device.Index);
    }

    /// <param name="words">
    /// <c>[v1|v2|all] [--only SHAPE] [--rounds N] [--steps N] [--device cpu] [--quick] [--python "WORDS"]</c>
    /// </param>
    public static int Run(string[] words)
    {
        if (!DeviceChoice.TryParse(Option("--device", "cuda"), out var device))
        {
            Console.Error.WriteLine($"--device takes cuda, cuda:N or cpu, not {Option("--device", "")}.");
            return 2;
        }
        if (device.Kind != DeviceKind.Cpu && !torch.cuda.is_available())
        {
            Console.Error.WriteLine(
                $"libtorch {TorchLibrary.Version} sees no CUDA device here. Try the benchmark itself with "
                    + "--device cpu --quick.");
            return 2;
        }
        var (quick, only, preset) = (
            words.Contains("--quick"), Option("--only", ""), words is ["v1" or "v2", ..] ? words[0] : "");
        var shapes = GpuShape
            .All.Where(shape => only == "" ? shape.Name.Contains(preset, StringComparison.Ordinal) : shape.Name == only)
            .ToArray();
        if (shapes.Length == 0)
        {
            Console.Error.WriteLine($"--only takes {string.Join(", ", GpuShape.All.Select(shape => shape.Name))}, not {only}.");
            return 2;
        }
        var bench = new GpuStep(
            device, quick, Number("--rounds", quick ? 2 : 3), Number("--steps", quick ? 2 : 10),
            Option("--python", "python3").Split(' '));
        foreach (var shape in shapes) bench.RunShape(quick ? shape.Quick : shape);
        return bench._agree ? 0 : 1;

        string Option(string name, string otherwise) =>
            Array.IndexOf(words, name) is >= 0 and var at && at + 1 < words.Length ? words[at + 1] : otherwise;
        int Number(string name, int otherwise) =>
            int.Parse(Option(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    }

    private void RunShape(GpuShape shape)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-gpu-").FullName;
        try
        {
            _report.Clear();
            WriteLine($"{BenchmarkProcess.DescribeMachine()}, {_cuda?.Name ?? "no CUDA device"}");
            var (operations, bytes) = MeasurePeaks();
            WriteLine($"bfloat16 products {operations / 1e12:F1} TFLOP/s, copies {bytes / 1e12:F3} TB/s");
            var weights = RandomModel.Write(folder, shape.Config);
            var batches = Path.Combine(folder, "batches");
            var counted = GpuBatches.Write(batches, shape);
            var entries = CreateTargets(shape, weights, batches).Select(contestant => new Entry(contestant)).ToArray();
            for (var round = 0; round < _rounds; round++)
                foreach (var entry in entries.Where(entry => entry.Problem is null)) RunRound(entry, shape);
            WriteResults(shape, counted, entries, operations, bytes);
            if (_quick || _device.Kind == DeviceKind.Cpu) return;
            var file = Path.Combine(
                Directory.CreateDirectory(Path.Combine("bench", "results")).FullName,
                Invariant($"{TimeProvider.System.GetLocalNow():yyyy-MM-dd}-gpu-{shape.Name}.txt"));
            File.WriteAllText(file, _report.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private (double Operations, double Bytes) MeasurePeaks()
    {
        string[] sizes = _quick ? ["256", "4000000"] : ["8192", "4000000000"];
        var numbers = BenchmarkProcess
            .Run(onOneCore: false, [.. BenchmarkProcess.Self, "gpu-worker-peaks", _device.ToString(), .. sizes])
            .Output.Split(' ');
        return (double.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture));
    }

    private IEnumerable<BenchmarkTarget> CreateTargets(GpuShape shape, string weights, string batches)
    {
        var rows = shape.Rows.ToString(CultureInfo.InvariantCulture);
        var script = Path.Combine(Directory.GetCurrentDirectory(), "bench", "peers", "gpu_step.py");
        yield return new("ours", [.. BenchmarkProcess.Self, "gpu-worker-step", weights, batches, rows, _device.ToString()], []);
        foreach (var mode in new[] { "eager", "compile" })
            foreach (var attention in new[] { "bias", "keys", "flex" })
            {
                // Keys alone cannot keep the texts of a row apart; flex_attention is nothing without the compiler.
                if ((attention == "keys" && shape.IsPacked) || (attention == "flex" && mode == "eager" && !_quick)) continue;
                yield return new(
                    $"PyTorch {mode}, {attention}",
                    [.. _python, script, weights, batches, rows, _device.ToString(), mode, attention],
                    []);
            }
    }

    private void RunRound(Entry entry, GpuShape shape)
    {
        var before = _cuda?.UsedBytes ?? 0;
        try
        {
            using var worker = new Worker(entry.Target);
            var greeting = worker.ReadyLine.Split(' ', 4);
            if (greeting[1] != shape.Config.ParameterCount.ToString(CultureInfo.InvariantCulture))
                throw new InvalidOperationException($"its model has {greeting[1]} weights, ours {shape.Config.ParameterCount}");
            entry.Note = string.Join(' ', greeting[2..]);
            entry.Losses = [.. Enumerable.Range(0, WarmUp).Select(_ => worker.RunSteps().Loss)];
            entry.Seconds.Add(worker.RunSteps(_steps).Seconds / _steps);
            entry.Peak = Math.Max(entry.Peak, (_cuda?.UsedBytes ?? 0) - before);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            entry.Problem = error.Message;
        }
    }

    private void WriteResults(GpuShape shape, double counted, Entry[] entries, double operations, double bytes)
    {
        var unit = Invariant($"milliseconds a step, median (range) of {_rounds} turns of {_steps} steps");
        WriteLine($"\n{shape.Name}: {shape.Rows} × {shape.Length}, {counted:P0} of the targets learned; {unit}");
        WriteLine($"  {"",-24} {"ms",-26} {"tokens/s",9} {"peak GB",8} {"of products",12} {"of copies",10} {"ours is",9}");
        foreach (var entry in entries)
        {
            if (entry.Problem is not null)
            {
                WriteLine($"  {entry.Target.Name,-24} {entry.Problem}");
                continue;
            }
            var seconds = entry.Seconds.Order().ElementAt(entry.Seconds.Count / 2);
            var rate = shape.Tokens / seconds;
            var faster =
                entry == entries[0] || entries[0].Problem is not null
                    ? ""
                    : Invariant(
                        $"{entry.Seconds.Zip(entries[0].Seconds, (its, ours) => its / ours).Order().ElementAt(_rounds / 2):F2} ×"
                    );
            var spread = BenchmarkProcess.FormatSpread(entry.Seconds.Select(s => 1000 * s), "0.00");
            var peak = entry.Peak > 0 ? (entry.Peak / 1e9).ToString("F2", CultureInfo.InvariantCulture) : "-";
            var ofProducts = rate * shape.GetFlopsPerToken(counted) / operations;
            var ofCopies = rate * shape.GetBytesPerToken(counted) / bytes;
            var name = entry.Target.Name;
            WriteLine(
                $"  {name, -24} {spread, -26} {rate, 9:F0} {peak, 8} {ofProducts, 12:P1} {ofCopies, 10:P1} {faster, 9}"
            );
        }
        foreach (var entry in entries.Where(entry => entry.Losses.Length > 0))
        {
            var difference =
                entries[0].Losses.Length == 0
                    ? 0
                    : entry.Losses.Zip(entries[0].Losses, (its, ours) => Math.Abs(its / ours - 1)).Max();
            // Written so that NaN does not agree.
            var agrees = difference <= LossTolerance;
            _agree &= agrees;
            var losses = string.Join(' ', entry.Losses.Select(loss => loss.ToString("F5", CultureInfo.InvariantCulture)));
            var verdict = agrees ? "" : "  DIFFERENT FROM OURS";
            WriteLine($"  {entry.Target.Name, -24} first losses {losses}{verdict}  torch {entry.Note}");
        }
        WriteLine($"");
    }

    private void WriteLine(FormattableString text)
    {
        var line = Invariant(text);
        Console.WriteLine(line);
        _report.AppendLine(line);
    }

    private sealed class Entry(BenchmarkTarget contestant)
    {
        public BenchmarkTarget Target { get; } = contestant;
        public List<double> Seconds { get; } = [];
        public double[] Losses { get; set; } = [];
        public long Peak { get; set; }
        public string Note { get; set; } = "";

        /// <summary>The reason why it cannot continue; null while it can.</summary>
        public string? Problem { get; set; }
    }
}
