using FluentAssertions;
using TurkishLlm.Kernels.Cuda;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Kernels;

public sealed class CompilerLibraryTests
{
    [Fact]
    public void NVRTC_is_looked_for_beside_torch_before_the_system()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("The names are those of Linux.");
        var packages = Directory.CreateDirectory(Path.Combine(ReferenceRun.Scratch, "site-packages")).FullName;
        foreach (var file in new[]
        {
            "torch/lib/libcaffe2_nvrtc.so", "torch/lib/libtorch.so", "nvidia/cu13/lib/libnvrtc.so.13",
            "nvidia/cu13/lib/libnvrtc-builtins.so.13.0", "nvidia/cu13/lib/libnvrtc.alt.so.13",
            "nvidia/cublas/lib/libcublas.so.13",
        })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(packages, file))!);
            File.WriteAllText(Path.Combine(packages, file), "");
        }

        NvrtcLibrary.GetCandidates(Path.Combine(packages, "torch/lib")).Should().Equal(
            Path.Combine(packages, "torch/lib/libcaffe2_nvrtc.so"), Path.Combine(packages, "nvidia/cu13/lib/libnvrtc.so.13"),
            "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so");
    }

    [Fact]
    public void Says_what_was_tried_where_there_is_none()
    {
        var folder = Directory.CreateDirectory(Path.Combine(ReferenceRun.Scratch, "empty", "torch", "lib")).FullName;
        if (System.Runtime.InteropServices.NativeLibrary.TryLoad("libnvrtc.so", out _)) Assert.Skip("This system has an NVRTC.");
        var act = () => NvrtcLibrary.Load(folder);
        act.Should().Throw<DllNotFoundException>()
            .WithMessage("NVRTC, which compiles the kernels of a CUDA device, was not found. Tried: *Point TORCH_DIR*");
    }
}
