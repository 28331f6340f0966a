using System.Runtime.InteropServices;
using System.Text;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>The CUDA compiler as a library (NVRTC), which every CUDA build of libtorch includes.</summary>
/// <remarks>Source: NVRTC documentation, "User Interface".</remarks>
internal sealed unsafe class NvrtcCompiler
{
    private readonly delegate* unmanaged[Cdecl]<nint*, byte*, byte*, int, byte**, byte**, int> _create;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int> _addName;
    private readonly delegate* unmanaged[Cdecl]<nint, int, byte**, int> _compile;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nint*, int> _loweredName;
    private readonly delegate* unmanaged[Cdecl]<nint, nuint*, int> _logSize, _codeSize;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int> _log, _code;
    private readonly delegate* unmanaged[Cdecl]<nint*, int> _destroy;
    private readonly delegate* unmanaged[Cdecl]<int, nint> _errorText;

    /// <exception cref="DllNotFoundException">NVRTC was not found.</exception>
    public NvrtcCompiler()
    {
        var library = NvrtcLibrary.Load(TorchLibrary.Folder);
        nint Find(string name) => NativeLibrary.GetExport(library, name);
        _create = (delegate* unmanaged[Cdecl]<nint*, byte*, byte*, int, byte**, byte**, int>)Find("nvrtcCreateProgram");
        _addName = (delegate* unmanaged[Cdecl]<nint, byte*, int>)Find("nvrtcAddNameExpression");
        _compile = (delegate* unmanaged[Cdecl]<nint, int, byte**, int>)Find("nvrtcCompileProgram");
        _loweredName = (delegate* unmanaged[Cdecl]<nint, byte*, nint*, int>)Find("nvrtcGetLoweredName");
        _logSize = (delegate* unmanaged[Cdecl]<nint, nuint*, int>)Find("nvrtcGetProgramLogSize");
        _log = (delegate* unmanaged[Cdecl]<nint, byte*, int>)Find("nvrtcGetProgramLog");
        _codeSize = (delegate* unmanaged[Cdecl]<nint, nuint*, int>)Find("nvrtcGetCUBINSize");
        _code = (delegate* unmanaged[Cdecl]<nint, byte*, int>)Find("nvrtcGetCUBIN");
        _destroy = (delegate* unmanaged[Cdecl]<nint*, int>)Find("nvrtcDestroyProgram");
        _errorText = (delegate* unmanaged[Cdecl]<int, nint>)Find("nvrtcGetErrorString");
    }

    /// <summary>Compiles CUDA C++ for an architecture.</summary>
    /// <param name="text">The source text.</param>
    /// <param name="kernels">The kernels to compile, such as <c>swiglu_forward&lt;bf16&gt;</c>.</param>
    /// <param name="architecture">The architecture, such as <c>sm_90</c>.</param>
    /// <returns>Code for the driver, and the lowered name of each kernel.</returns>
    /// <exception cref="InvalidOperationException">
    /// The source does not compile; the message contains the compiler's log.
    /// </exception>
    public (byte[] Code, Dictionary<string, string> Names) Compile(
        string text, IReadOnlyList<string> kernels, string architecture)
    {
        nint program;
        fixed (byte* source = Bytes(text), file = Bytes("kernels.cu"))
            Check(_create(&program, source, file, 0, null, null), "nvrtcCreateProgram");
        try
        {
            foreach (var kernel in kernels)
                fixed (byte* name = Bytes(kernel)) Check(_addName(program, name), "nvrtcAddNameExpression");
            fixed (byte* target = Bytes($"--gpu-architecture={architecture}"), standard = Bytes("--std=c++17"))
            {
                var options = stackalloc byte*[] { target, standard };
                var result = _compile(program, 2, options);
                if (result != 0)
                    throw new InvalidOperationException(
                        $"kernels.cu could not be compiled for {architecture}: {GetErrorText(result)}\n{GetLog(program)}");
            }
            var names = new Dictionary<string, string>();
            foreach (var kernel in kernels) names[kernel] = GetLoweredName(program, kernel);
            return (GetCode(program), names);
        }
        finally
        {
            _ = _destroy(&program);
        }
    }

    private byte[] GetCode(nint program)
    {
        nuint size;
        Check(_codeSize(program, &size), "nvrtcGetCUBINSize");
        var code = new byte[size];
        fixed (byte* bytes = code) Check(_code(program, bytes), "nvrtcGetCUBIN");
        return code;
    }

    private string GetLoweredName(nint program, string kernel)
    {
        nint name;
        fixed (byte* expression = Bytes(kernel))
            Check(_loweredName(program, expression, &name), $"nvrtcGetLoweredName of {kernel}");
        return Marshal.PtrToStringUTF8(name)!;
    }

    private string GetLog(nint program)
    {
        nuint size;
        if (_logSize(program, &size) != 0 || size == 0) return "";
        var log = new byte[size];
        fixed (byte* bytes = log) _ = _log(program, bytes);
        return Encoding.UTF8.GetString(log).TrimEnd('\0');
    }

    private string GetErrorText(int result) => Marshal.PtrToStringUTF8(_errorText(result)) ?? "unknown error";

    private void Check(int result, string call)
    {
        if (result != 0) throw new InvalidOperationException($"{call} failed: {GetErrorText(result)} ({result}).");
    }

    private static byte[] Bytes(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
