import axios from "axios";

const VERSION = "v2.1";
const api = axios.create({ baseURL: `https://api.clever.com/${VERSION}` });

export const authorise = (token) => {
  api.defaults.headers.common.Authorization = `Bearer ${token}`;
};

export async function whoAmI() {
  const { data } = await axios.get("https://api.clever.com/me");
  return { id: data.data.id, role: data.type };
}

export async function myStudents(teacherId) {
  const { data } = await api.get(`/teachers/${teacherId}/students`);
  return data.data.map(({ data: student }) => student);
}

export async function profile({ role, id }) {
  const { data } = await api.get("/" + role + "s/" + id);
  return data.data;
}

export const studentSchool = (id) => api.get(`/students/${id}/school`).then((r) => r.data.data);
