using System.Runtime.InteropServices;

namespace TurkishLlm.Training.Distributed.Mpi;

/// <summary>Bindings of Open MPI (versions 3 to 5, library <c>libmpi.so.40</c>).</summary>
/// <remarks>Handles are addresses of objects that the library exports under fixed names. Source: mpi.h.</remarks>
internal static class OpenMpi
{
    /// <summary>MPI_THREAD_SERIALIZED: several threads may call MPI, one at a time.</summary>
    public const int Serialized = 2;

    /// <summary>MPI_IN_PLACE: the receive buffer holds the data to send.</summary>
    public const nint InPlace = 1;

    // Also ensures that imports can be resolved before the first call.
    private static readonly nint Library = CollectiveLibraries.GetHandle(CollectiveLibraries.Mpi);

    static OpenMpi()
    {
    }

    /// <summary>True if Open MPI is installed.</summary>
    public static bool IsInstalled => Library != 0;

    /// <summary>MPI_COMM_WORLD: all processes that were started together.</summary>
    public static nint World => NativeLibrary.GetExport(Library, "ompi_mpi_comm_world");

    /// <summary>MPI_ERRORS_RETURN: errors are return codes and do not end the process.</summary>
    public static nint ErrorsReturn => NativeLibrary.GetExport(Library, "ompi_mpi_errors_return");

    /// <summary>MPI_SUM.</summary>
    public static nint Sum => NativeLibrary.GetExport(Library, "ompi_mpi_op_sum");

    /// <summary>Returns the handle of a number type by its name in the library.</summary>
    public static nint GetDatatype(string name) => NativeLibrary.GetExport(Library, $"ompi_mpi_{name}");

    /// <summary>Throws if a return code reports an error.</summary>
    /// <exception cref="CollectiveException">The code is not 0.</exception>
    public static void Check(int code)
    {
        if (code == 0) return;
        var text = new byte[256];                    // MPI_MAX_ERROR_STRING
        _ = MPI_Error_string(code, text, out var length);
        throw new CollectiveException($"Open MPI: {System.Text.Encoding.UTF8.GetString(text, 0, length)}");
    }

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Init_thread(nint argumentCount, nint arguments, int required, out int provided);

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Comm_set_errhandler(nint communicator, nint handler);

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Comm_rank(nint communicator, out int rank);

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Comm_size(nint communicator, out int size);

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Iallreduce(
        nint send, nint receive, int count, nint type, nint operation, nint communicator, out nint request);

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Test(ref nint request, out int done, nint status);

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Iprobe(int source, int tag, nint communicator, out int found, nint status);

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int MPI_Finalize();

    [DllImport(CollectiveLibraries.Mpi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MPI_Error_string(int code, byte[] text, out int length);
}
