using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Torch;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm doctor</c></summary>
internal static class DoctorCommand
{
    public static Command Create(Display display)
    {
        var command = new Command("doctor", "Says what this machine has and whether training can run on it.");
        command.SetAction(_ =>
        {
            var version = torch.__version__;
            display.Table(["what", "found"],
            [
                ["libtorch", version],
                ["CUDA devices", torch.cuda.device_count().ToString(CultureInfo.InvariantCulture)],
                ["processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)],
                ["BLAS core", CpuSettings.BlasCore ?? "chosen by the library"],
                ["512-bit vectors", CpuSettings.WideVectors ? "yes" : "no"],
                ["memory", Show.Bytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)],
                ["free disk here", Show.Bytes(new DriveInfo(Directory.GetCurrentDirectory()).AvailableFreeSpace)],
                [".NET", RuntimeInformation.FrameworkDescription],
            ]);
        });
        return command;
    }
}
